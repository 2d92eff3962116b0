#include "read/stacks.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <linux/bpf.h>

#include <cerrno>
#include <cstring>
#include <span>
#include <system_error>

#include "base/escape.h"
#include "read/map_types.h"
#include "read/show.h"
#include "read/symbols/module.h"
#include "sonda/error.h"

namespace sonda {
namespace {

template <class T>
T object_at(std::span<const std::byte> bytes, std::size_t index) {
  T object{};
  std::memcpy(&object, bytes.subspan(index * sizeof(T), sizeof(T)).data(), sizeof object);
  return object;
}

std::vector<StackFrame> plain_frames(std::span<const std::byte> bytes) {
  std::vector<StackFrame> frames;
  for (std::size_t i = 0; i < bytes.size() / sizeof(std::uint64_t); ++i) {
    const auto address = object_at<std::uint64_t>(bytes, i);
    if (address == 0) break;  // the rest was not filled
    frames.push_back({.address = address, .kernel = is_kernel_address(address)});
  }
  return frames;
}

// A frame of a file, or, where the kernel could not tell the file, an address.
std::vector<StackFrame> build_id_frames(std::span<const std::byte> bytes) {
  std::vector<StackFrame> frames;
  for (std::size_t i = 0; i < bytes.size() / sizeof(bpf_stack_build_id); ++i) {
    const auto entry = object_at<bpf_stack_build_id>(bytes, i);
    if (entry.status == BPF_STACK_BUILD_ID_EMPTY) break;
    if (entry.status == BPF_STACK_BUILD_ID_VALID)
      frames.push_back({.address = entry.offset, .build_id = fmt::format("{:02x}", fmt::join(entry.build_id, ""))});
    else
      frames.push_back({.address = entry.ip, .kernel = is_kernel_address(entry.ip)});
  }
  return frames;
}

// What the frame's symbol says. Callers are known by where they will go on: the call may have been their last
// instruction, so that what is asked for is the byte before, which is in the call.
SymbolAt symbol_of(const StackFrame& frame, bool is_caller, const ShowBeside& beside, ShowResources& resources) {
  const std::uint64_t back = is_caller ? 1 : 0, address = frame.address - back;
  SymbolAt symbol;
  if (!frame.build_id.empty())
    symbol = resources.processes.find(frame.build_id, address, beside.pid.value_or(0));
  else if (frame.kernel)
    symbol = resources.kernel.find(address);
  else if (beside.pid)
    symbol = resources.processes.find(*beside.pid, address);
  if (!symbol.name.empty() || !symbol.module.empty()) symbol.offset += back;
  return symbol;
}

std::string name_of(const SymbolAt& symbol, const StackFrame& frame) {
  if (!symbol.name.empty()) return escape_for_terminal(symbol.name);
  if (frame.kernel) return "[kernel]";
  const auto file = escape_for_terminal(file_part(symbol.module));
  if (!file.empty()) return file.starts_with('[') ? file : fmt::format("[{}]", file);
  return "[unknown]";
}

}  // namespace

bool is_kernel_address(std::uint64_t address) noexcept { return (address >> 63) != 0; }

std::int64_t stack_id(const RecordView& field) {
  const auto number = field.i64();
  return number > INT32_MAX && number <= std::int64_t{UINT32_MAX} ? static_cast<std::int32_t>(number) : number;
}

std::string stack_error(std::int64_t id) {
  switch (id) {
    case -EFAULT:
      return "no stack";  // a kernel thread's user stack; the kernel's while user code ran
    case -EEXIST:
      return "stack lost: another has its place in the map";
    case -ENOMEM:
      return "stack lost: the map is full";
    case -EINVAL:
      return "no stack: the flags of bpf_get_stackid are wrong";
    default:
      break;
  }
  constexpr std::int64_t last_errno = 4095;  // as the kernel counts them
  if (id >= 0 || id < -last_errno) return fmt::format("no stack: {} is no id", id);
  return fmt::format("no stack: {}", std::generic_category().message(static_cast<int>(-id)));
}

void require_stack_map(const Map& map) {
  const auto& spec = map.spec();
  const bool by_build_id = (spec.flags & BPF_F_STACK_BUILD_ID) != 0;
  const auto frame = by_build_id ? sizeof(bpf_stack_build_id) : sizeof(std::uint64_t);
  if (spec.type != BPF_MAP_TYPE_STACK_TRACE)
    throw Error(Stage::read, spec.name, fmt::format("holds no stacks: it is a {} map", map_type_name(spec.type)),
                "declare one: BPF_STACK_TRACE(stacks, 1024);");
  if (spec.value_size == 0 || spec.value_size % frame != 0)
    throw Error(Stage::read, spec.name,
                fmt::format("its {} bytes for a stack are no whole number of frames of {}", spec.value_size, frame));
}

Stack read_stack(const Map& map, std::int64_t id) {
  if (id < 0) return {{}, stack_error(id)};
  const auto& spec = map.spec();
  if (id >= spec.max_entries) return {{}, fmt::format("no stack: {} is no id of {}", id, spec.name)};
  const auto key = static_cast<std::uint32_t>(id);
  std::vector<std::byte> bytes(spec.value_size);
  if (const int status = ::bpf_map_lookup_elem(map.fd(), &key, bytes.data()); status != 0) {
    const int error = status < 0 && errno == 0 ? -status : errno;
    if (error == ENOENT) return {{}, "stack lost: it is in the map no more"};
    throw system_error(Stage::read, spec.name, fmt::format("cannot read stack {}", id), error);
  }
  auto frames = (spec.flags & BPF_F_STACK_BUILD_ID) != 0 ? build_id_frames(bytes) : plain_frames(bytes);
  if (frames.empty()) return {{}, "no stack"};
  return {std::move(frames), {}};
}

std::vector<ShownFrame> show_stack(std::int64_t id, const ShowBeside& beside, ShowResources& resources) {
  if (!beside.stacks) return {{"[no map of stacks]", "[no map of stacks]"}};
  const auto stack = read_stack(*beside.stacks, id);
  if (!stack.missing.empty()) return {{fmt::format("[{}]", stack.missing), fmt::format("[{}]", stack.missing)}};
  std::vector<ShownFrame> shown;
  for (const auto& frame : stack.frames) {
    auto symbol = symbol_of(frame, !shown.empty(), beside, resources);
    auto name = name_of(symbol, frame), text = to_text(symbol, frame.address);
    if (symbol.name.empty() && symbol.module.empty()) {
      symbol = {.name = {}, .offset = frame.address, .module = frame.build_id};
      if (!frame.build_id.empty()) text = fmt::format("[{}+{:#x}]", frame.build_id, frame.address);
    }
    shown.push_back({std::move(name), std::move(text), frame.kernel, symbol.offset, std::move(symbol.module)});
  }
  return shown;
}

}  // namespace sonda
