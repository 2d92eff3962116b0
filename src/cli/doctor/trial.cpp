#include "cli/doctor/trial.h"

#include <fmt/format.h>
#include <link.h>
#include <sys/vfs.h>

#include <algorithm>

#include "base/files.h"
#include "base/text.h"
#include "kernel/kernel.h"
#include "kernel/kernel_config.h"
#include "sonda/error.h"

// Never called: a place for uprobes.
extern "C" [[gnu::noinline, gnu::used]] void sonda_doctor_place() { asm volatile(""); }

namespace sonda::cli::doctor {
namespace {

constexpr auto program_name = "sonda_doctor";

std::uintptr_t load_address() {
  std::uintptr_t address = 0;
  // The first object is the program itself.
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* result) {
        *static_cast<std::uintptr_t*>(result) = info->dlpi_addr;
        return 1;
      },
      &address);
  return address;
}

std::string options_to_switch_on(const std::vector<std::string_view>& options) {
  const auto config = kernel_config();
  std::vector<std::string> off;
  for (const auto option : options)
    if (!config || config_value(*config, option) == "n") off.push_back(fmt::format("{}=y", option));
  return join(off, " ");
}

}  // namespace

bool kernel_is_at_least(std::string_view since) {
  return kernel_version_code() >= parse_version_code(std::string(since) + ".0", "", "");
}

std::string kernel_remedy(const KernelWish& wish, const std::string& meanwhile) {
  const bool older = !wish.since.empty() && !kernel_is_at_least(wish.since);
  const auto options = options_to_switch_on(wish.options);
  std::string kernel;
  if (older) kernel = fmt::format("Linux {} or newer", wish.since);
  if (!options.empty()) kernel += fmt::format("{}{}", kernel.empty() ? "a kernel with " : ", with ", options);
  if (kernel.empty()) return meanwhile;
  return meanwhile.empty() ? kernel : fmt::format("{}; on this one: {}", kernel, meanwhile);
}

Image empty_program() {
  ProgramSpec program;
  program.name = program_name;
  program.instructions = {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
                          {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
  Image image;
  image.license = "GPL";
  image.kernel_version = kernel_version_code();
  image.programs.push_back(std::move(program));
  return image;
}

Finding tried(const KernelWish& wish, const std::function<Finding()>& attempt) {
  try {
    return attempt();
  } catch (const Error& error) {
    auto finding = missing(error.cause(), kernel_remedy(wish, error.hint()));
    if (finding.remedy.empty()) finding.remedy = "the kernel's log may say more: dmesg | tail";
    finding.details.push_back(error.what());
    return finding;
  }
}

Finding attach_for_a_moment(const AttachPoint& point, const KernelWish& wish) {
  return tried(wish, [&] {
    LoadedImage image(empty_program());
    const auto link = attach(image.program(program_name, program_kind(point)), point);
    auto finding = ok(link.how());
    finding.details.push_back("tried with " + to_string(point));
    return finding;
  });
}

Finding create_maps_for_a_moment(const std::vector<MapSpec>& specs, const KernelWish& wish) {
  return tried(wish, [&] {
    Image image;
    image.maps = specs;
    const LoadedImage loaded(std::move(image));
    return ok();
  });
}

bool is_mounted(const std::string& place, long magic) {
  struct statfs about{};
  return ::statfs(place.c_str(), &about) == 0 && about.f_type == magic;
}

std::vector<std::string> mounts_of(std::string_view type) {
  std::vector<std::string> places;
  const auto mounts = try_read_file("/proc/self/mounts").value_or("");
  for (const auto line : split_lines(mounts)) {
    const auto words = split(line, ' ');
    if (words.size() > 2 && words[2] == type) places.emplace_back(words[1]);
  }
  return places;
}

UprobeSpot own_function() {
  return {.address = reinterpret_cast<std::uintptr_t>(&sonda_doctor_place) - load_address()};
}

std::filesystem::path own_program() { return "/proc/self/exe"; }

}  // namespace sonda::cli::doctor
