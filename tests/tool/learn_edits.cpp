// What students try that is not the solution: checks see through it, and say what is wrong.

#include "support/catch.h"
#include "support/skip.h"
#include "tool/learn_support.h"

namespace sonda::test {
namespace {

void refused(const Student& student, const std::string& lesson, const std::string& text, std::string_view reason) {
  const auto answer = student.check(lesson, text);
  CAPTURE(lesson, text, answer.dump());
  CHECK(answer.at("passed") == false);
  CHECK(contains(answer.dump(), reason));
}

}  // namespace

TEST_CASE("a probe that does nothing, or knows the figure beforehand, passes no check") {
  SONDA_NEED_BPF();
  const Student student;
  const auto first = of_lesson("01-first-uprobe", "solution.c");
  refused(student, "01-first-uprobe", edited(first, "orders.increment(0);", ""), "are not counted");
  // A check takes 200 to 900 orders, by chance: a figure among them would be right once in 701 times.
  refused(student, "01-first-uprobe",
          edited(first, "orders.increment(0);", "int zero = 0; u64 n = 901; orders.update(&zero, &n);"),
          "the orders are");
  refused(student, "03-maps",
          edited(of_lesson("03-maps", "solution.c"), "  money.increment", "  if (0) money.increment"),
          "no customer is in the map");
  refused(student, "04-trace-printk",
          edited(of_lesson("04-trace-printk", "solution.c"), "last.update(&customer, &amount);", "amount = customer;"),
          "no customer is in the map");
  refused(student, "18-xdp", edited(of_lesson("18-xdp", "solution.c"), "  return XDP_DROP;", "  return XDP_PASS;"),
          "still arrive");
}

TEST_CASE("an edit that mends half of it is told the other half") {
  SONDA_NEED_BPF();
  const Student student;
  refused(student, "05-per-cpu",
          edited(of_lesson("05-per-cpu", "start.c"), "orders.increment(0)", "orders.atomic_increment(0)"),
          "atomic addition, dear");
  refused(student, "06-unchecked-pointer",
          edited(of_lesson("06-unchecked-pointer", "start.c"), "  *sum +=", "  if (!sum) return 0;\n  *sum +="),
          "never put there");
  refused(
      student, "07-bounds",
      edited(of_lesson("07-bounds", "solution.c"), "if (customer > 8) customer = 8;", "if (customer > 7) return 0;"),
      "the orders of all others are not counted");
  refused(student, "11-ring-buffer",
          edited(of_lesson("11-ring-buffer", "solution.c"), "orders.ringbuf_discard", "orders.ringbuf_submit"),
          "not the orders, one by one");
  refused(
      student, "12-lost-events",
      edited(of_lesson("12-lost-events", "start.c"), "BPF_RINGBUF_OUTPUT(orders, 1)", "BPF_RINGBUF_OUTPUT(orders, 64)"),
      "nothing says so");
  refused(student, "13-sampling", edited(of_lesson("13-sampling", "start.c"), "hz:49", "100"), "page faults are");
  refused(student, "15-tail-calls", edited(of_lesson("15-tail-calls", "solution.c"), "steps.call(ctx,", "(void)("),
          "no program jumps");
  refused(student, "17-usdt", edited(of_lesson("17-usdt", "solution.c"), "bpf_usdt_readarg(2,", "bpf_usdt_readarg(1,"),
          "minutes of customer");
  refused(student, "20-cost", edited(of_lesson("20-cost", "solution.c"), "BPF_PERCPU_ARRAY", "BPF_ARRAY"),
          "all CPUs write to the same value");
}

TEST_CASE("a name that the lesson needs is missed by name, and a C error is shown on its line") {
  SONDA_NEED_BPF();
  const Student student;
  auto text = of_lesson("01-first-uprobe", "solution.c");
  refused(student, "01-first-uprobe", edited(edited(text, "(orders,", "(order,"), "orders.incr", "order.incr"),
          "no map that is called 'orders'");
  const auto answer = student.check("01-first-uprobe", edited(text, "return 0;", "return 0"));
  CAPTURE(answer.dump());
  REQUIRE(answer.at("findings").size() == 1);
  CHECK(answer.at("findings").at(0).at("stage") == "compile");
  CHECK(contains(answer.at("findings").at(0).at("subject").get<std::string>(), "01-first-uprobe.c:7"));
}

TEST_CASE("a lesson's probe runs by hand beside its work") {
  SONDA_NEED_BPF();
  const Student student;
  const auto probe = student.probe("02-arguments");
  std::ofstream(probe) << of_lesson("02-arguments", "solution.c");
  const auto end = sonda_program({"run", "--json", probe.string(), "--", built_program("sonda").string(), "learn",
                                  "work", "2", "--json", "--folder", student.folder().string()});
  CAPTURE(end.out, end.err);
  const auto entries = objects(end, "entry");
  const auto works = objects(end, "work");
  REQUIRE(entries.size() == 1);
  REQUIRE(works.size() == 1);
  auto coins = std::to_string(entries[0].at("value").get<std::uint64_t>());
  for (auto at = static_cast<std::ptrdiff_t>(coins.size()) - 3; at > 0; at -= 3)
    coins.insert(static_cast<std::size_t>(at), 1, ',');
  CHECK(contains(works[0].at("did").get<std::string>(), "of " + coins + " coins in all"));
}

}  // namespace sonda::test
