// Programs on entry to, or return from, functions of user-space binaries.
#include <fmt/format.h>

#include <cerrno>

#include "base/text.h"
#include "kernel/kernel.h"
#include "runtime/attach/elf_symbols.h"
#include "runtime/attach/perf_open.h"

namespace sonda {
namespace {

constexpr std::string_view use_address = "give its address instead: uprobe:PATH:0xADDRESS";

/// Finds the byte of the file that a uprobe's place stands for.
class PlaceInBinary {
 public:
  PlaceInBinary(const ElfFile& file, const Uprobe& point) : file_(file), point_(point) {}

  std::uint64_t offset() const {
    const auto address = std::visit([this](const auto& place) { return address_of(place); }, point_.place);
    const auto offset = file_.file_offset(address);
    if (!offset || !file_.is_code(address))
      refuse(fmt::format("the address {:#x} is not in the binary's code", address),
             "addresses are those that nm prints, before the binary is moved to where it runs");
    if (point_.on_return) require_start_of_function(address);
    return *offset;
  }

 private:
  [[noreturn]] void refuse(std::string cause, std::string hint = {}) const {
    throw Error(Stage::attach, to_string(AttachPoint(point_)), std::move(cause), std::move(hint));
  }

  std::uint64_t address_of(const Address& address) const { return address.value; }

  std::uint64_t address_of(const Symbol& wanted) const {
    const auto found = file_.find(wanted.name);
    if (!found) refuse_missing(wanted.name);
    if (!found->defined) refuse_imported(wanted.name);
    if (!found->is_function) refuse(fmt::format("'{}' is data, not a function", wanted.name));
    if (found->is_ifunc)
      refuse(fmt::format("'{}' is not one function: code at that place chooses one when the program starts (GNU_IFUNC)",
                         wanted.name),
             "name the one that is chosen, e.g. __memcpy_avx_unaligned for memcpy, or give its address");
    if (found->ambiguous)
      refuse(fmt::format("several functions are called '{}'", wanted.name), std::string(use_address));
    if (found->size != 0 && wanted.offset >= found->size)
      refuse(fmt::format("'{}' is {} bytes long; there is no byte {} in it", wanted.name, found->size, wanted.offset));
    return found->address + wanted.offset;
  }

  [[noreturn]] void refuse_missing(const std::string& name) const {
    const auto names = file_.names();
    if (names.empty())
      refuse("the binary has no symbols: it is stripped", fmt::format("install its debug symbols, or {}", use_address));
    std::string hint = did_you_mean(name, names);
    if (hint.empty()) {
      const auto library = defining_library(file_, name);
      hint = library ? fmt::format("it is in {}", library->string())
                     : fmt::format("the functions that can be named: nm -D --defined-only {}", file_.path().string());
    }
    refuse(fmt::format("there is no function '{}' in the binary", name), std::move(hint));
  }

  [[noreturn]] void refuse_imported(const std::string& name) const {
    const auto library = defining_library(file_, name);
    refuse(fmt::format("'{}' is imported from a shared library, not defined in this binary", name),
           library ? fmt::format("probe the library: {}", library->string())
                   : fmt::format("probe the library that has it, one of: {}", join(file_.needed_libraries(), ", ")));
  }

  // A return probe replaces the return address, which is on top of the stack only at a function's first instruction;
  // anywhere else it would destroy what happens to be there, in every process that runs this code.
  void require_start_of_function(std::uint64_t address) const {
    const auto around = file_.function_at(address);
    if (around && around->address != address)
      refuse("a return probe must be at the start of a function, and this is inside one",
             "leave out the offset, or use uprobe");
  }

  const ElfFile& file_;
  const Uprobe& point_;
};

Error open_error(const Uprobe& point, int why) {
  auto subject = to_string(AttachPoint(point));
  if (why == ESRCH) return {Stage::attach, std::move(subject), fmt::format("there is no process {}", point.pid)};
  constexpr int kernels_own_enotsupp = 524;  // leaks out of the kernel, and has no name outside
  if (why == kernels_own_enotsupp || why == EOPNOTSUPP || why == ENOEXEC)
    return {Stage::attach, std::move(subject), "the kernel cannot probe the instruction at that place",
            "probe the start of a function"};
  return perf_error(std::move(subject), "the kernel refuses this uprobe", why);
}

}  // namespace

Attached attach_uprobe(const Program& program, const Uprobe& point) {
  const auto file = ElfFile::open(point.binary);
  const auto offset = PlaceInBinary(file, point).offset();
  const auto pmu = dynamic_pmu("uprobe");
  if (!pmu) {
    Error error(Stage::attach, to_string(AttachPoint(point)), "this kernel was built without CONFIG_UPROBE_EVENTS");
    throw std::move(error.with_exit(Exit::cannot_run));
  }
  // Through the descriptor, the kernel takes the very file that was read, whatever the path leads to by now: in another
  // one the same offset may be the middle of an instruction.
  const auto path = fmt::format("/proc/self/fd/{}", file.fd());
  perf_event_attr attributes{};
  attributes.type = pmu->type;
  attributes.config = point.on_return ? pmu->on_return : 0;
  attributes.uprobe_path = reinterpret_cast<std::uintptr_t>(path.c_str());
  attributes.probe_offset = offset;
  // The breakpoint is on all CPUs; which one the event counts on does not matter to the program.
  const bool everyone = point.pid == all_pids;
  auto event = open_perf_event(attributes, point.pid, everyone ? online_cpus().front() : -1);
  if (!event) throw open_error(point, errno);
  return put_on_new_event(program, std::move(event), to_string(AttachPoint(point)));
}

}  // namespace sonda
