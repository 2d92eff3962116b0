// Each kind of rejection, provoked on the running kernel by a probe of tests/data/rejected. The probe says on which
// line a person would point and what the catalogue calls it:
//   ... // refused here: NAME            on every kernel
//   ... // refused here: NAME (before 6.3), (from 6.3)
//   ... // refused here: NAME (on 6.18)  others may say it otherwise: how much they know of numbers differs
// and in its last line which change is shown, if any:
//   // suggested: after line 7: if (!start) return 0;      also with (from 6.8)
// Whatever is shown, with it the kernel must take the probe.
#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "bpf/private_cache.h"
#include "kernel/kernel.h"
#include "runtime/kinds.h"
#include "sonda/probe.h"
#include "support/catch.h"
#include "support/paths.h"
#include "support/patience.h"
#include "support/skip.h"
#include "verifier/log.h"
#include "verifier/path.h"

using namespace sonda;

namespace {

std::vector<std::filesystem::path> probes() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(sonda::test::test_data("rejected")))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// "6.18" as 6018.
int version_of(const std::string& text) {
  int major = 0, minor = 0;
  REQUIRE(std::sscanf(text.c_str(), "%d.%d", &major, &minor) == 2);
  return major * 1000 + minor;
}

int running_version() {
  utsname names{};
  REQUIRE(::uname(&names) == 0);
  return version_of(names.release);
}

/// The kernel on which the marks of changes were made; others may refuse a change that it takes, and the other way
/// round.
constexpr int marks_are_of = 6018;

struct Expected {
  std::uint32_t line = 0;
  std::string name;
};

/// "NAME", "NAME (before 6.3)", "NAME (from 6.3)": the name, if it is for the running kernel.
std::optional<std::string> name_here(std::string_view mark) {
  const auto name = mark.substr(0, mark.find(' '));
  for (const bool before : {true, false}) {
    const auto words = before ? std::string_view("(before ") : std::string_view("(from ");
    const auto at = mark.find(words);
    if (at == std::string_view::npos) continue;
    const bool older = running_version() < version_of(std::string(mark.substr(at + words.size())));
    if (older != before) return std::nullopt;
  }
  return std::string(name);
}

/// Whether the marks are for another kernel than this one alone.
bool is_of_another(std::string_view text) {
  constexpr std::string_view says = " (on ";
  const auto at = text.find(says, text.find("// refused here: "));
  return at != std::string_view::npos && version_of(std::string(text.substr(at + says.size()))) != running_version();
}

/// What the marks say of this kernel; nothing if it takes the probe.
std::optional<Expected> expected(std::string_view text) {
  constexpr std::string_view says = "// refused here: ";
  std::optional<Expected> found;
  std::uint32_t number = 0;
  for (const auto line : split_lines(text)) {
    ++number;
    for (auto at = line.find(says); at != std::string_view::npos; at = line.find(says, at + 1)) {
      const auto rest = line.substr(at + says.size());
      const auto name = name_here(rest.substr(0, rest.find(", ")));
      if (!name) continue;
      REQUIRE_FALSE(found);
      found = Expected{number, *name};
    }
  }
  return found;
}

std::string suggested(std::string_view text) {
  constexpr std::string_view says = "// suggested: ";
  const auto at = text.find(says);
  if (at == std::string_view::npos) return {};
  const auto mark = trim(text.substr(at + says.size()));
  const auto from = mark.rfind(" (from ");
  if (from == std::string_view::npos) return std::string(mark);
  return name_here("change" + std::string(mark.substr(from))) ? std::string(mark.substr(0, from)) : std::string();
}

/// The text with the change made that a hint tells, as a reader would make it.
std::string changed(std::string_view text, std::string_view hint) {
  Suggestion change;
  const auto take = [&](std::string_view words, Suggestion::Kind kind) {
    if (!hint.starts_with(words)) return false;
    change.kind = kind;
    hint.remove_prefix(words.size());
    return true;
  };
  REQUIRE((take("before line ", Suggestion::Kind::insert_before) ||
           take("after line ", Suggestion::Kind::insert_after) || take("make line ", Suggestion::Kind::replace) ||
           take("remove line ", Suggestion::Kind::remove)));
  const auto colon = hint.find(": ");
  change.line = static_cast<std::uint32_t>(parse_u64(hint.substr(0, colon)).value_or(0));
  if (colon != std::string_view::npos) change.text = hint.substr(colon + 2);
  REQUIRE((change.line >= 1 && change.line <= split_lines(text).size()));
  return with_suggestion(change, text);
}

/// Ample: a machine under load is to try what any other does.
OpenOptions options() {
  return {.compile = {.timeout = 2 * sonda::test::patience()}, .try_changes = 2 * sonda::test::patience()};
}

/// What refuses one of the probe's programs; the last one is what the program's name and the image are of.
struct Refused {
  Error error;
  Image image;
  std::string function;
};

std::optional<Refused> refusal_of(const std::string& name, const std::string& text,
                                  const OpenOptions& options = {.try_changes = {}}) {
  auto probe = Probe::open(ProbeSource::from_text(name, text), options);
  for (const auto& program : probe.image().programs) {
    auto kind = guess_kind(probe.image(), program);
    for (const auto& attachment : probe.attachments())
      if (attachment.function == program.name) kind = program_kind(attachment.point);
    const auto function = program.name;
    try {
      probe.program(function, kind);
    } catch (const Error& error) {
      return Refused{error, probe.image(), function};
    }
  }
  return std::nullopt;
}

bool loads(const std::string& name, const std::string& text) {
  const auto still = refusal_of(name, text);
  if (still) UNSCOPED_INFO("refused: " << still->error.what());
  return !still;
}

/// Of the probes that are refused.
struct Figures {
  std::size_t refused = 0, changes = 0, hints = 0;
};

/// Another change than the mark's is right on a kernel that refuses the mark's.
void check_change(const std::string& name, const std::string& text, const Error& error) {
  const auto mark = suggested(text);
  const auto change = error.hint_tried() ? error.hint() : std::string();
  if (change != mark && !mark.empty()) CHECK_FALSE(loads(name, changed(text, mark)));
  if (change != mark && mark.empty()) CHECK((change.empty() || running_version() != marks_are_of));
  if (!change.empty()) CHECK(loads(name, changed(text, change)));
}

std::string name_of(const std::string& cause) {
  const auto* found = find_rejection(cause);
  return found == nullptr ? "none" : std::string(found->name);
}

}  // namespace

TEST_CASE("each probe is refused for its reason on its line, and taken with the change that is shown") {
  SONDA_NEED_BPF();
  SONDA_NEED(has_btf(), "a kernel with BTF");
  const auto cache = sonda::test::PrivateCache::or_shared();
  std::set<std::string> names;
  Figures figures;
  for (const auto& file : probes()) {
    const auto name = file.filename().string();
    CAPTURE(name);
    const auto text = read_file(file, Stage::source);
    const auto wanted = expected(text);
    const auto refused = refusal_of(name, text, options());
    if (is_of_another(text)) {
      if (refused && refused->error.hint_tried()) CHECK(loads(name, changed(text, refused->error.hint())));
      continue;
    }
    CHECK(refused.has_value() == wanted.has_value());
    if (!refused || !wanted) continue;
    const auto& error = refused->error;
    CAPTURE(std::string(error.what()), error.details().substr(0, 4000));
    CHECK(error.stage() == Stage::verify);
    CHECK(name_of(error.cause()) == wanted->name);
    CHECK(error.subject() == name + ":" + std::to_string(wanted->line));
    names.insert(wanted->name);

    const auto analysis = analyse_rejection(refused->image, refused->image.program(refused->function), error.details());
    CHECK(analysis.line == wanted->line);
    REQUIRE_FALSE(analysis.path.lines.empty());
    CHECK(analysis.path.lines.back().line == wanted->line);
    CHECK(analysis.path.lines.back().role == PathLine::Role::refused);
    check_change(name, text, error);
    ++figures.refused;
    figures.changes += error.hint_tried() ? 1 : 0;
    figures.hints += error.hint().empty() ? 0 : 1;
  }
  CHECK(names.size() >= 30);
  INFO(figures.refused << " refused, " << figures.changes << " with a change, " << figures.hints << " with a hint");
  CHECK(figures.changes >= (running_version() == marks_are_of ? 110U : 40U));
  CHECK(figures.hints == figures.refused);
}
