#include "cli/check/check.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/escape.h"
#include "base/text.h"
#include "explain/helpers.h"
#include "front/ledger_report.h"
#include "kernel/privilege.h"
#include "present/output.h"
#include "runtime/kinds.h"
#include "runtime/run_counts.h"
#include "runtime/tail_calls.h"

namespace sonda::cli {
namespace {

// In text, the file stands above its programs.
const std::vector<report::Column> columns{
    {.header = "FILE", .key = "file", .in = report::data_only},
    {.header = "PROGRAM", .key = "program"},
    {.header = "TYPE", .key = "program_type"},
    {.header = "INSNS", .key = "instructions", .align = report::Align::right},
    {.header = "VERIFIED", .key = "verified", .align = report::Align::right},
    {.header = "STACK", .key = "stack_bytes", .align = report::Align::right},
    {.header = "JIT(B)", .key = "jit_bytes", .align = report::Align::right},
    {.header = "MAPS", .key = "maps"},
    {.header = "HELPERS", .key = "helpers"},
};

std::vector<std::string> maps_used(const Image& image, const ProgramSpec& program) {
  std::vector<std::string> names;
  for (const auto& use : program.maps)
    if (const auto& name = image.maps.at(use.map).name;
        name != usdt_arguments_map && std::ranges::find(names, name) == names.end())
      names.push_back(name);
  return names;
}

class Checker {
 public:
  Checker(front::Run& run, const CheckOptions& options)
      : run_(run), options_(options), output_(run.output(), options.format) {}

  void check() {
    for (const auto& file : front::exporters_first(options_.input.files)) {
      check_file(file);
      print_rows(file);
    }
    if (refused_)
      run_.set_exit_status(static_cast<int>(Exit::failure));
    else if (missing_)
      run_.set_exit_status(static_cast<int>(Exit::cannot_run));
  }

 private:
  /// For another kernel nothing can be loaded.
  void compile_only(const std::string& file) {
    auto open = run_.open_options(options_.input);
    open.compile.btf = options_.btf;
    try {
      auto source = ProbeSource::open(file);
      if (source.wants_process()) source.set_process(::getpid());
      const auto image = compile(source, open.compile);
      for (const auto& program : image.programs) print(file, image, program);
    } catch (const Error& error) {
      refuse(file, nullptr, error);
    }
  }

  void check_file(const std::string& file) {
    if (!options_.btf.empty()) return compile_only(file);
    std::optional<Probe> probe;
    try {
      auto open = run_.open_options(options_.input);
      open.process = ::getpid();  // any: nothing is attached
      open.maps = maps_;
      probe = Probe::open(ProbeSource::open(file), open);
    } catch (const Error& error) {
      if (error.exit() == Exit::cannot_run) throw;
      return refuse(file, nullptr, error);
    }
    if (const auto warning = tail_call_warning(probe->image(), probe->source().tail_calls()); !warning.empty())
      run_.warn(fmt::format("{}: {}", file, warning));
    const auto kinds = kinds_of(*probe);
    for (const auto& program : probe->image().programs) check_program(file, *probe, program, kinds.at(program.name));
    front::warn_of_uncounted(run_, file, probe->loaded());
  }

  void check_program(const std::string& file, Probe& probe, const ProgramSpec& spec, const ProgramKind& kind) {
    try {
      print(file, probe.image(), spec, &kind, program_info(probe.loaded().program(spec.name, kind)));
    } catch (const Error& error) {
      refuse(file, &spec, probe.with_tried_hint(error, spec.name, kind));
    }
  }

  /// Of one that was only compiled, for another kernel, nobody knows `kind` and `info`.
  void print(const std::string& file, const Image& image, const ProgramSpec& spec, const ProgramKind* kind = nullptr,
             const bpf_prog_info& info = {}) {
    const auto maps = maps_used(image, spec);
    const auto helpers = called_helpers(spec);
    const auto known = [&](auto value) { return kind ? report::Json(value) : report::Json(); };
    if (output_.json())
      return output_.object({{"type", "checked"},
                             {"file", to_valid_utf8(file)},
                             {"program", spec.name},
                             {"accepted", known(true)},
                             {"program_type", kind ? report::Json(type_name(kind->type)) : report::Json()},
                             {"instructions", spec.instructions.size()},
                             {"translated", known(info.xlated_prog_len / sizeof(bpf_insn))},
                             {"verified", known(info.verified_insns)},
                             {"stack_bytes", stack_used(spec)},
                             {"jit_bytes", known(info.jited_prog_len)},
                             {"maps", maps},
                             {"helpers", helpers}});
    const auto cell = [&](std::uint64_t number) { return kind ? report::Cell(number) : report::Cell(); };
    rows_.push_back({file, spec.name, kind ? report::Cell(type_name(kind->type)) : report::Cell(),
                     std::uint64_t{spec.instructions.size()}, cell(info.verified_insns),
                     std::uint64_t{stack_used(spec)}, cell(info.jited_prog_len), maps.empty() ? "-" : join(maps, ","),
                     join(helpers, ",")});
  }

  void print_rows(const std::string& file) {
    const auto rows = std::exchange(rows_, {});
    if (rows.empty()) return;
    if (options_.input.files.size() > 1) output_.line((first_ ? "" : "\n") + escape_for_terminal(file));
    first_ = false;
    output_.rows("check", columns, rows);
  }

  void refuse(const std::string& file, const ProgramSpec* spec, const Error& error) {
    (error.exit() == Exit::cannot_run ? missing_ : refused_) = true;
    if (!output_.json()) return run_.report(error);
    output_.object(front::with_error({{"type", "checked"},
                                      {"file", to_valid_utf8(file)},
                                      {"program", spec != nullptr ? report::Json(spec->name) : report::Json(nullptr)},
                                      {"accepted", false}},
                                     error));
  }

  front::Run& run_;
  const CheckOptions& options_;
  present::TableOutput output_;
  // Files may import each other's maps; none of them is pinned.
  std::shared_ptr<MapPool> maps_ = std::make_shared<MapPool>(std::filesystem::path());
  std::vector<report::Row> rows_;  ///< of the present file
  bool first_ = true;
  bool refused_ = false;
  bool missing_ = false;  ///< the kernel lacks what a program needs
};

}  // namespace

void declare(front::CommandLine& line, CheckOptions& options) {
  declare(line, options.input);
  line.footer(
      "The exit status is 0 only if the kernel took every program; 77 if the others need what this kernel lacks, else "
      "1.");
  front::declare(line, options.format);
  line.text("--btf", "FILE", options.btf,
            "Compile for another kernel, whose types FILE has: its /sys/kernel/btf/vmlinux, or its vmlinux");
}

void check_probes(front::Run& run, const CheckOptions& options) {
  require_bpf_privilege();
  Checker(run, options).check();
}

}  // namespace sonda::cli
