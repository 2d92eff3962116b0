#include "runtime/load_program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "attach/btf_target.h"
#include "attach/network.h"
#include "image/instructions.h"
#include "kernel/libbpf.h"
#include "runtime/create_map.h"
#include "runtime/put_in.h"
#include "verifier/log.h"
#include "verifier/refusal.h"

namespace sonda {
namespace {

// Most logs fit the first; a kernel from 6.4 on keeps the end of a longer one, an older one its useless beginning.
constexpr std::size_t log_sizes[] = {1U << 20, 16U << 20};
// Of bpf_line_info::line_col.
constexpr std::uint32_t column_bits = 10;
// What the verifier is asked to tell: each step, or (BPF_LOG_STATS) only its reason and its figures.
constexpr std::uint32_t log_steps = 1, log_states = 2, log_reason = 4;

struct Answer {
  int fd = -1;  // or a negative errno value
  std::string log;
};

std::vector<bpf_line_info> line_info(const ProgramSpec& spec) {
  std::vector<bpf_line_info> result;
  result.reserve(spec.lines.size());
  for (const auto& record : spec.lines) {
    const auto column = std::min(record.column, (1U << column_bits) - 1);
    result.push_back({.insn_off = record.instruction,
                      .file_name_off = record.file_offset,
                      .line_off = record.text_offset,
                      .line_col = (record.line << column_bits) | column});
  }
  return result;
}

/// A record for each instruction, so that the kernel tells of each what became of it: its number and one for a line.
std::vector<bpf_line_info> tags(const ProgramSpec& spec) {
  std::vector<bpf_line_info> result;
  if (spec.lines.empty()) return result;
  const auto& any = spec.lines.front();
  for (std::uint32_t i = 0; i < spec.instructions.size(); ++i) {
    result.push_back({.insn_off = i,
                      .file_name_off = any.file_offset,
                      .line_off = any.text_offset,
                      .line_col = (i + 1) << column_bits});
    if (is_wide(spec.instructions[i])) ++i;
  }
  return result;
}

/// The type of each function; of none if there is one without.
std::vector<bpf_func_info> function_info(const ProgramSpec& spec) {
  std::vector<bpf_func_info> result{{.insn_off = 0, .type_id = spec.btf_type}};
  for (const auto& function : spec.subprograms)
    result.push_back({.insn_off = function.instruction, .type_id = function.btf_type});
  const auto is_untyped = [](const bpf_func_info& info) { return info.type_id == 0; };
  if (std::ranges::any_of(result, is_untyped)) result.clear();
  return result;
}

class Loader {
 public:
  /// Throws as find_btf_target() does.
  Loader(const Image& image, const ProgramSpec& spec, const ProgramKind& kind,
         const std::vector<bpf_insn>& instructions, int btf_fd, std::vector<bpf_line_info> lines)
      : image_(image),
        spec_(spec),
        kind_(kind),
        target_(find_btf_target(kind, spec.name)),
        instructions_(instructions),
        btf_fd_(btf_fd),
        functions_(function_info(spec)),
        lines_(std::move(lines)) {}

  /// Whether there is anything that attempt(true) gives and attempt(false) does not.
  bool has_info() const { return btf_fd_ >= 0 && (!functions_.empty() || !lines_.empty()); }
  bool has_lines() const { return btf_fd_ >= 0 && !lines_.empty(); }

  /// `log` is empty for none, else as large as the log may become.
  int attempt(bool with_info, std::string* log, std::uint32_t level = log_steps) const {
    bpf_prog_load_opts options{};
    options.sz = sizeof options;
    options.kern_version = image_.kernel_version;
    options.expected_attach_type = static_cast<bpf_attach_type>(kind_.attach_type);
    options.attach_btf_id = target_.type;
    if (target_.module) options.attach_btf_obj_fd = static_cast<__u32>(target_.module.get());
    if (with_info && has_info()) {
      options.prog_btf_fd = static_cast<__u32>(btf_fd_);
      options.func_info = functions_.data();
      options.func_info_cnt = static_cast<__u32>(functions_.size());
      options.func_info_rec_size = sizeof(bpf_func_info);
      options.line_info = lines_.data();
      options.line_info_cnt = static_cast<__u32>(lines_.size());
      options.line_info_rec_size = sizeof(bpf_line_info);
    }
    if (log != nullptr) {
      options.log_level = level;
      options.log_buf = log->data();
      options.log_size = static_cast<__u32>(log->size());
    }
    return bpf_prog_load(kind_.type, kernel_name(spec_.name).c_str(), image_.license.c_str(), instructions_.data(),
                         instructions_.size(), &options);
  }

  /// None if it is refused.
  UniqueFd load(bool with_info) const { return UniqueFd(std::max(attempt(with_info, nullptr), -1)); }

  /// The same with the verifier's whole log, or as much of it as can be had.
  Answer attempt_with_log(bool with_info) const {
    Answer answer;
    for (const auto size : log_sizes) {
      answer = attempt_with_log(with_info, size, log_steps);
      if (answer.fd != -ENOSPC) return answer;
    }
    const bool has_its_end = answer.log.rfind("\nprocessed ") != std::string::npos;
    return has_its_end ? answer : attempt_with_log(with_info, log_sizes[0], log_reason);
  }

  /// The same with as much of the log as fits `size` bytes.
  Answer attempt_with_log(bool with_info, std::size_t size, std::uint32_t level) const {
    Answer answer;
    answer.log.assign(size, '\0');
    answer.fd = attempt(with_info, &answer.log, level);
    answer.log.resize(std::min(answer.log.find('\0'), answer.log.size()));
    return answer;
  }

 private:
  const Image& image_;
  const ProgramSpec& spec_;
  const ProgramKind& kind_;
  BtfTarget target_;
  const std::vector<bpf_insn>& instructions_;
  int btf_fd_;
  std::vector<bpf_func_info> functions_;
  std::vector<bpf_line_info> lines_;
};

/// Whether the kernel stumbled over the description of the program rather than over the program.
bool blames_info(int error, const std::string& reason) {
  if (reason.empty()) return error == EINVAL;
  constexpr std::string_view words[] = {"line_info", "line info", "func_info", "func info", "BTF", "btf"};
  return std::ranges::any_of(words, [&](auto word) { return reason.find(word) != reason.npos; });
}

/// Kprobes have this helper wherever the kernel has it.
bool lacks_override(const ProgramKind& kind, const std::string& reason) {
  return kind.type == BPF_PROG_TYPE_KPROBE && reason.find("bpf_override_return") != std::string::npos;
}

/// For a program that the verifier never came to look at.
Error not_verified(const ProgramSpec& spec, const ProgramKind& kind, int error) {
  if (auto refusal = refusal_of_kind(kind, spec.name, error)) return std::move(*refusal);
  if (error == EPERM && lacks_net_admin(kind.type))
    return Error(Stage::load, spec.name,
                 "the kernel does not let this user load programs for the network: CAP_NET_ADMIN is missing",
                 "run it as root (sudo)")
        .with_exit(Exit::cannot_run);
  if (error == EPERM || error == EACCES) return missing_privilege(spec.name);
  if (is_about_the_moment(error)) return system_error(Stage::load, spec.name, "cannot load the program", error);
  if (const int known = libbpf_probe_bpf_prog_type(kind.type, nullptr); known == 0 || known == -EOPNOTSUPP)
    return Error(Stage::load, spec.name, "this kernel has no programs of the type that this attach point needs")
        .with_exit(Exit::cannot_run);
  if (error == E2BIG)
    return Error(
        Stage::load, spec.name,
        fmt::format("a program of {} instructions is more, or less, than the kernel takes", spec.instructions.size()),
        "shorten it, or loop instead of unrolling");
  return system_error(Stage::load, spec.name, "the kernel refuses this program", error);
}

}  // namespace

UniqueFd load_btf(const std::vector<std::byte>& btf) {
  if (btf.empty()) return {};
  return UniqueFd(std::max(bpf_btf_load(btf.data(), btf.size(), nullptr), -1));
}

std::vector<bpf_insn> with_maps(const ProgramSpec& spec, const std::vector<std::shared_ptr<Map>>& maps) {
  auto instructions = spec.instructions;
  for (const auto& reference : spec.maps) {
    if (reference.map >= maps.size() || std::size_t{reference.instruction} + 1 >= instructions.size() ||
        !is_wide(instructions[reference.instruction]))
      throw Error(Stage::load, spec.name, "a reference to a map does not fit the program",
                  "compile it anew: --no-cache");
    auto& load = instructions[reference.instruction];
    if (load.src_reg != BPF_PSEUDO_MAP_VALUE) load.src_reg = BPF_PSEUDO_MAP_FD;
    load.imm = maps[reference.map]->fd();
  }
  return instructions;
}

UniqueFd load_program(const Image& image, const ProgramSpec& spec, const ProgramKind& kind,
                      const std::vector<bpf_insn>& instructions, int btf_fd) {
  const Loader loader(image, spec, kind, instructions, btf_fd, line_info(spec));
  if (auto fd = loader.load(true)) return fd;

  auto answer = loader.attempt_with_log(true);
  if (answer.fd >= 0) return UniqueFd(answer.fd);
  auto report = parse_verifier_log(answer.log);
  if (loader.has_info() && blames_info(-answer.fd, report.reason)) {
    if (auto fd = loader.load(false)) return fd;
    answer = loader.attempt_with_log(false);
    if (answer.fd >= 0) return UniqueFd(answer.fd);
    report = parse_verifier_log(answer.log);
  }
  if (report.reason.empty()) throw not_verified(spec, kind, -answer.fd).with_details(std::move(answer.log));
  auto error = verifier_error(image, spec, report, std::move(answer.log));
  if (lacks_override(kind, report.reason)) error.with_exit(Exit::cannot_run);
  throw std::move(error);
}

UniqueFd try_load(const Image& image, const ProgramSpec& spec, const ProgramKind& kind,
                  const std::vector<bpf_insn>& instructions, int btf_fd) {
  const Loader loader(image, spec, kind, instructions, btf_fd, line_info(spec));
  const int fd = loader.attempt(true, nullptr);
  // Only a kernel that may have stumbled over the description is asked again.
  return fd == -EINVAL && loader.has_info() ? loader.load(false) : UniqueFd(std::max(fd, -1));
}

std::optional<std::uint32_t> tagged_instruction(const bpf_line_info& record) {
  const auto line = record.line_col >> column_bits;
  return line == 0 ? std::nullopt : std::optional(line - 1);
}

Trial try_program(const LoadedImage& loaded, std::string_view name, const ProgramKind& kind) {
  const QuietLibbpf quiet;
  const auto& image = loaded.image();
  const auto& spec = image.program(name);
  const auto instructions = with_maps(spec, loaded.maps());
  const auto btf = load_btf(image.btf);
  const Loader loader(image, spec, kind, instructions, btf.get(), tags(spec));
  Trial trial;
  const auto load = [&](bool with_info) {
    for (const auto size : {log_sizes[0], log_sizes[1], Trial::longest_trace}) {
      auto answer = loader.attempt_with_log(with_info, size, log_states);
      if (answer.fd == -ENOSPC) continue;
      trial.fd = UniqueFd(std::max(answer.fd, -1));
      trial.trace = std::move(answer.log);
      return;
    }
    trial.fd = loader.load(with_info);
  };
  load(true);
  trial.tagged = trial.fd && loader.has_lines();
  if (trial.fd) return trial;
  // For the reason, and the program itself if it was the records that the kernel did not take.
  try {
    trial.fd = load_program(image, spec, kind, instructions, btf.get());
    load(false);
  } catch (const Error& refusal) {
    trial.refusal = refusal;
  }
  return trial;
}

std::string reason_against(const LoadedImage& loaded, std::string_view name, const ProgramKind& kind) {
  constexpr std::size_t enough = 1UL << 16;
  const QuietLibbpf quiet;
  const auto& image = loaded.image();
  auto spec = image.program(name);
  if (kind.cookie) spec = with_constant_cookie(std::move(spec), *kind.cookie);
  const auto instructions = with_maps(spec, loaded.maps());
  const auto btf = load_btf(image.btf);
  const Loader loader(image, spec, kind, instructions, btf.get(), line_info(spec));
  if (loader.load(true)) return {};
  const auto answer = loader.attempt_with_log(true, enough, log_reason);
  auto reason = parse_verifier_log(answer.log).reason;
  if (!blames_info(-answer.fd, reason)) return reason;
  return loader.load(false) ? std::string() : reason;
}

}  // namespace sonda
