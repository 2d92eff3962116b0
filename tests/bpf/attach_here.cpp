// The attach points of the running kernel, compared with what the kernel and libbpf say of them.
#include "attach/here/points_here.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <set>

#include "attach/here/btf_names.h"
#include "attach/here/tracepoints.h"
#include "attach/kernel_functions.h"
#include "base/text.h"
#include "image/instructions.h"
#include "kernel/kernel.h"
#include "sonda/fd.h"
#include "support/catch.h"
#include "support/error_of.h"
#include "support/skip.h"

namespace sonda::test {
namespace {

std::set<std::string> names_of(const std::vector<PointHere>& points) {
  std::set<std::string> names;
  for (const auto& point : points) names.insert(point.name);
  return names;
}

const PointHere& point_called(const std::vector<PointHere>& points, const std::string& name) {
  const auto found = std::ranges::find(points, name, &PointHere::name);
  REQUIRE(found != points.end());
  return *found;
}

std::vector<std::string> declarations(const PointHere& point) {
  REQUIRE(point.prototype);
  std::vector<std::string> all;
  for (const auto& argument : point.prototype->arguments) all.push_back(argument.declaration);
  return all;
}

UniqueFd trivial_program(bpf_prog_type type) {
  const bpf_insn nothing[] = {make_instruction(BPF_ALU64 | BPF_MOV | BPF_K), make_instruction(BPF_JMP | BPF_EXIT)};
  return UniqueFd(::bpf_prog_load(type, "here", "GPL", nothing, std::size(nothing), nullptr));
}

void append(void* to, const char* format, va_list arguments) {
  char text[4096];
  REQUIRE(std::vsnprintf(text, sizeof text, format, arguments) < static_cast<int>(sizeof text));
  *static_cast<std::string*>(to) += text;
}

struct FreeDump {
  void operator()(btf_dump* dump) const noexcept { btf_dump__free(dump); }
};

}  // namespace

TEST_CASE("tracepoints are those that the kernel lists", "[here]") {
  SONDA_NEED_BPF();
  const auto listed = Tracefs().try_read("available_events");
  REQUIRE(listed);
  std::set<std::string> wanted, found;
  for (const auto line : split_lines(*listed)) wanted.emplace("tracepoint:" + std::string(line));
  PointsHere here;
  for (const auto& point : here.find("tracepoint", "")) found.insert(point.point);
  CHECK(found == wanted);
  std::set<std::string> of_sched;
  for (const auto& point : here.find("tracepoint", "sched:*")) of_sched.insert(point.point);
  CHECK(of_sched.contains("tracepoint:sched:sched_switch"));
  CHECK(of_sched.size() == static_cast<std::size_t>(std::ranges::count_if(
                               wanted, [](const auto& one) { return one.starts_with("tracepoint:sched:"); })));
  CHECK(names_of(here.find("tracepoint", "sched_switc?")) == std::set<std::string>{"sched_switch"});
  CHECK(here.find("tracepoint", "../sched:*").empty());
}

TEST_CASE("a tracepoint has the fields of its format", "[here]") {
  SONDA_NEED_BPF();
  PointsHere here;
  const auto points = here.find("tracepoint", "sched:sched_process_fork", true);
  REQUIRE(points.size() == 1);
  std::vector<std::string> names;
  for (const auto& field : points[0].prototype->arguments) names.push_back(field.name);
  CHECK(names == std::vector<std::string>{"parent_comm", "parent_pid", "child_comm", "child_pid"});
  const auto& pid = points[0].prototype->arguments[3];
  CHECK(pid.type == "pid_t");
  CHECK(pid.size == 4);
  CHECK(pid.is_signed == true);
}

TEST_CASE("raw tracepoints are those at which the kernel attaches", "[here]") {
  SONDA_NEED_BPF();
  const auto program = trivial_program(BPF_PROG_TYPE_RAW_TRACEPOINT);
  REQUIRE(program);
  PointsHere here;
  const auto points = here.find("rawtracepoint", "sched_*");
  CHECK(names_of(points).contains("sched_switch"));
  for (const auto& point : points) {
    CAPTURE(point.point);
    CHECK(UniqueFd(::bpf_raw_tracepoint_open(point.name.c_str(), program.get())));
  }
  CHECK(names_of(here.find("rawtracepoint", "sys_e*")) == std::set<std::string>{"sys_enter", "sys_exit"});
}

TEST_CASE("every point in the kernel is read back as it is printed", "[here]") {
  SONDA_NEED_BPF();
  PointsHere here;
  std::size_t count = 0;
  for (const auto kind : kinds_of_kernel()) {
    try {
      for (const auto& point : here.find(kind, "")) {
        ++count;
        if (to_string(parse_attach_point(point.point)) != point.point) FAIL_CHECK(point.point);
      }
    } catch (const Error& error) {
      CHECK(error.exit() == Exit::cannot_run);
    }
  }
  CHECK(count > 1000);
}

TEST_CASE("functions with types have the prototypes that the kernel's source gives them", "[here]") {
  SONDA_NEED_BTF();
  PointsHere here;
  const auto points = here.find("fentry", "vfs_*", true);
  const auto& open = point_called(points, "vfs_open");
  CHECK(open.point == "fentry:vfs_open");
  CHECK(open.prototype->declaration == "int vfs_open(const struct path *path, struct file *file)");
  CHECK(open.prototype->returns == "int");
  CHECK(point_called(here.find("fexit", "vfs_open"), "vfs_open").point == "fexit:vfs_open");
  CHECK(here.find("fentry", "no_such_module:*").empty());
  CHECK(here.find("fentry", "vmlinux:vfs_open").size() == 1);
  const auto all = kernel_functions();
  const std::set<std::string> there(all.begin(), all.end());
  for (const auto& point : here.find("fentry", "vmlinux:[a-c]*"))
    if (!there.contains(point.name)) FAIL_CHECK(point.name);
}

TEST_CASE("prototypes are spelled as libbpf spells them", "[here]") {
  SONDA_NEED_BTF();
  const TypesHere types;
  std::string text;
  const std::unique_ptr<btf_dump, FreeDump> dump(btf_dump__new(&types.kernel(), append, &text, nullptr));
  REQUIRE(dump);
  std::size_t compared = 0;
  for (const auto& function : types.named(btf_functions)) {
    if (function.types != &types.kernel() || !matches_pattern("[tuv]*", function.name)) continue;
    text.clear();
    btf_dump_emit_type_decl_opts options{};
    options.sz = sizeof options;
    options.field_name = function.name.c_str();
    REQUIRE(btf_dump__emit_type_decl(dump.get(), btf__type_by_id(function.types, function.id)->type, &options) == 0);
    // It numbers types that share a name, sets other blanks, and leaves out that there are no parameters.
    if (text.find("___") != text.npos) continue;
    auto ours = prototype_of_function(*function.types, function.id, function.name).declaration;
    for (auto* each : {&text, &ours}) std::erase(*each, ' ');
    for (auto at = ours.find("(void)"); at != ours.npos; at = ours.find("(void)")) ours.erase(at + 1, 4);
    ++compared;
    if (ours != text) FAIL_CHECK(ours << "\n" << text);
  }
  CHECK(compared > 500);
}

TEST_CASE("tracepoints with types have the arguments that the kernel passes", "[here]") {
  SONDA_NEED_BTF();
  PointsHere here;
  for (const std::string kind : {"rawtracepoint", "btftracepoint"}) {
    const auto points = here.find(kind, "sched_process_exec", true);
    REQUIRE(points.size() == 1);
    std::vector<std::string> types;
    for (const auto& argument : points[0].prototype->arguments) types.push_back(argument.type);
    CHECK(types == std::vector<std::string>{"struct task_struct *", "pid_t", "struct linux_binprm *"});
  }
}

TEST_CASE("iterators are those with a context, whose members they are given", "[here]") {
  SONDA_NEED_BTF();
  PointsHere here;
  const auto points = here.find("iter", "", true);
  CHECK(declarations(point_called(points, "task")) ==
        std::vector<std::string>{"struct bpf_iter_meta *meta", "struct task_struct *task"});
  const auto names = names_of(points);
  CHECK(names.contains("bpf_map"));
  CHECK_FALSE(names.contains("bpf_map_elem"));
  CHECK_FALSE(names.contains("fini_tcp"));
}

TEST_CASE("hooks of security modules have their prototypes, or the kernel lacks them", "[here]") {
  SONDA_NEED_BTF();
  PointsHere here;
  try {
    const auto points = here.find("lsm", "file_o*", true);
    CHECK(point_called(points, "file_open").prototype->declaration == "int file_open(struct file *file)");
  } catch (const Error& error) {
    CHECK(error.exit() == Exit::cannot_run);
  }
}

TEST_CASE("kprobes are where the kernel has some, and it says so if not", "[here]") {
  SONDA_NEED_BPF();
  PointsHere here;
  if (!can_kprobe()) {
    const auto error = error_of([&] { here.find("kprobe", "vfs_*"); });
    CHECK(error.exit() == Exit::cannot_run);
    CHECK(error.cause() == "this kernel was built without CONFIG_KPROBES");
    return;
  }
  const auto names = names_of(here.find("kprobe", "vfs_*"));
  const auto matched = match_kernel_functions("vfs_*").names;
  CHECK(names == std::set<std::string>(matched.begin(), matched.end()));
  CHECK(names.contains("vfs_read"));
}

TEST_CASE("software events are those that can be opened, each by one name", "[here]") {
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  PointsHere here;
  const auto points = here.find("software", "");
  CHECK(point_called(points, "page-faults").point == "software:page-faults:1");
  CHECK(point_called(points, "cpu-clock").point == "software:cpu-clock:1000000");
  CHECK_FALSE(names_of(points).contains("faults"));
  CHECK(here.find("software", "cs").at(0).point == "software:context-switches:1");
  CHECK(here.find("software", "page-faults:100").at(0).point == "software:page-faults:100");
}

TEST_CASE("the loopback interface can be attached to in every way", "[here]") {
  PointsHere here;
  CHECK(here.find("xdp", "lo").at(0).point == "xdp:lo");
  CHECK(here.find("socket", "l?").at(0).point == "socket:lo");
  CHECK(here.find("tc", "lo").size() == 2);
  CHECK(here.find("tc", "lo:egress").at(0).point == "tc:lo:egress");
  CHECK(here.find("cgroup", "/:connect?").at(1).point == "cgroup:/:connect6");
}

}  // namespace sonda::test
