// What the text of a probe says of a function, without a compiler.
#include "source/function_signature.h"

#include "support/catch.h"

namespace sonda::test {

TEST_CASE("a function's parameters are types without names and qualifiers") {
  constexpr std::string_view text = R"(
int declared(struct pt_regs *ctx);
// int declared(struct comment *c) { }
static inline int declared(struct pt_regs *ctx, const struct file *file, char __user *buf, unsigned long count,
    size_t, struct path **, int fds[2], u64 flags) { /* a ) brace { */ return PT_REGS_RC(ctx) + "}"[0]; }
int none(void) { return 0; }
int empty() { return declared(0, 0); }
)";
  const auto found = signature_of(text, "declared");
  REQUIRE(found);
  CHECK(found->parameters == std::vector<WrittenType>{{"struct pt_regs", 1},
                                                      {"struct file", 1},
                                                      {"char", 1},
                                                      {"unsigned long", 0},
                                                      {"size_t", 0},
                                                      {"struct path", 2},
                                                      {"int", 1},
                                                      {"u64", 0}});
  CHECK(found->body_names == std::vector<std::string_view>{"return", "PT_REGS_RC", "ctx"});
  REQUIRE(signature_of(text, "none"));
  CHECK(signature_of(text, "none")->parameters.empty());
  REQUIRE(signature_of(text, "empty"));
  CHECK(signature_of(text, "empty")->parameters.empty());
  CHECK_FALSE(signature_of(text, "missing"));
  CHECK_FALSE(signature_of(text, "return"));
}

TEST_CASE("a text that ends too early is no function") {
  for (const auto* text : {"int f(", "int f(int a", "int f(int a)", "int f(int a) {", "f(){", "f(,){"})
    CHECK_NOTHROW(signature_of(text, "f"));
  CHECK_FALSE(signature_of("int f(int a)", "f"));
}

}  // namespace sonda::test
