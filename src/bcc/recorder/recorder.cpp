#include "bcc/recorder/recorder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <span>

#include "base/files.h"
#include "base/text.h"
#include "bcc/recorder/record_line.h"
#include "bcc/value_text.h"
#include "elf/symbols.h"
#include "sonda/error.h"

namespace sonda::bcc {
namespace {

bool is_array(std::uint32_t type) { return type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_PERCPU_ARRAY; }

/// Whose values are descriptors of what only the running tool has.
bool holds_descriptors(std::uint32_t type) {
  return type == BPF_MAP_TYPE_PERF_EVENT_ARRAY || type == BPF_MAP_TYPE_CGROUP_ARRAY ||
         type == BPF_MAP_TYPE_ARRAY_OF_MAPS || type == BPF_MAP_TYPE_HASH_OF_MAPS || type == BPF_MAP_TYPE_SOCKMAP ||
         type == BPF_MAP_TYPE_SOCKHASH;
}

std::string text_of(const Schema& schema, const void* bytes) {
  return value_text(schema, {static_cast<const std::byte*>(bytes), schema.size()});
}

/// Of a function that begins there. A file that cannot be read has none.
std::optional<Place> place_by_tables(const std::string& file, std::uint64_t offset) {
  try {
    const auto binary = ElfFile::open(file);
    for (const auto& function : binary.functions())
      if (function.symbol.defined && binary.file_offset(function.symbol.address) == offset)
        return Symbol{function.name};
    for (const auto& segment : binary.tables().segments())
      if (segment.p_type == PT_LOAD && offset >= segment.p_offset && offset - segment.p_offset < segment.p_filesz)
        return Address{offset - segment.p_offset + segment.p_vaddr};
  } catch (const Error&) {
  }
  return std::nullopt;
}

}  // namespace

Recorder::Recorder() {
  const char* number = ::secure_getenv(record_variable);
  if (number == nullptr) return;
  const auto parsed = parse_u64(number);
  if (parsed && *parsed < 1024) to_ = static_cast<int>(*parsed);
  // Programs that the tool starts have nothing to say.
  if (to_ >= 0) ::fcntl(to_, F_SETFD, FD_CLOEXEC);
}

void Recorder::say(const std::vector<std::string>& words) {
  if (to_ < 0) return;
  const auto line = record_line(words);
  write_all(to_, std::as_bytes(std::span(line)), "the record", Stage::report);
}

int Recorder::harmless_descriptor() noexcept { return ::open("/dev/null", O_RDWR | O_CLOEXEC); }

std::unique_ptr<LoadedImage> Recorder::take(Image image, const std::vector<std::string>& cflags) {
  const std::lock_guard lock(mutex_);
  image.btf.clear();  // it would be told to the kernel
  std::vector<std::string> words{std::string(record::text), image.key.source};
  words.insert(words.end(), cflags.begin(), cflags.end());
  say(words);
  auto taken = std::make_unique<LoadedImage>(
      std::move(image), [](const MapSpec&, const auto&) { return UniqueFd(harmless_descriptor()); });
  for (const auto& map : taken->maps()) tables_[map->fd()] = {texts_, map->spec()};
  images_[taken.get()] = texts_++;
  return taken;
}

int Recorder::load(const LoadedImage& taken, std::string_view function, const ProgramKind& kind) {
  const std::lock_guard lock(mutex_);
  const int fd = harmless_descriptor();
  if (fd >= 0) functions_[fd] = {images_.at(&taken), taken.image().program(function).name};
  say({std::string(record::load), std::to_string(images_.at(&taken)), std::string(function),
       std::to_string(static_cast<unsigned>(kind.type))});
  loaded_ = true;
  return fd;
}

const Recorder::Function* Recorder::function(int descriptor) const noexcept {
  const auto found = functions_.find(descriptor);
  return found == functions_.end() ? nullptr : &found->second;
}

int Recorder::attach(int program, const AttachPoint& point) {
  const std::lock_guard lock(mutex_);
  const auto* known = function(program);
  if (known == nullptr) {
    errno = EBADF;
    return -1;
  }
  say({std::string(record::attach), std::to_string(known->text), known->name, to_string(point)});
  loaded_ = true;
  return harmless_descriptor();
}

void Recorder::attach_function(const std::string& function, const AttachPoint& point) {
  const std::lock_guard lock(mutex_);
  if (texts_ == 0) return;
  say({std::string(record::attach), std::to_string(texts_ - 1), function, to_string(point)});
  loaded_ = true;
}

int Recorder::attach_by_name(int program) {
  const std::lock_guard lock(mutex_);
  const auto* known = function(program);
  const auto point = known == nullptr ? std::nullopt : conventional_point(known->name);
  return point ? attach(program, *point) : attach_otherwise(program, "a way that its name does not tell");
}

int Recorder::attach_otherwise(int program, const std::string& what) {
  const std::lock_guard lock(mutex_);
  if (const auto* known = function(program)) {
    say({std::string(record::note), std::to_string(known->text),
         fmt::format("{} is attached by {}", known->name, what)});
    loaded_ = true;
  }
  return harmless_descriptor();
}

const MapSpec* Recorder::map(int descriptor) const noexcept {
  const auto found = tables_.find(descriptor);
  return found == tables_.end() ? nullptr : &found->second.spec;
}

void Recorder::update(int map, const void* key, const void* value) {
  const std::lock_guard lock(mutex_);
  const auto found = tables_.find(map);
  if (found == tables_.end() || holds_descriptors(found->second.spec.type)) return;
  const auto& [text, spec] = found->second;
  const std::span bytes(static_cast<const std::byte*>(value), spec.value_size);
  if (is_array(spec.type) && std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{}; })) return;
  if (spec.type == BPF_MAP_TYPE_PROG_ARRAY) {
    if (const auto* target = function(*static_cast<const int*>(value)))
      say({std::string(record::tailcall), std::to_string(text), spec.name,
           std::to_string(*static_cast<const std::uint32_t*>(key)), target->name});
    return;
  }
  say({std::string(record::set), std::to_string(text), spec.name, text_of(spec.key, key), text_of(spec.value, value)});
}

void Recorder::note_map(int descriptor, std::string_view what) {
  const std::lock_guard lock(mutex_);
  if (const auto found = tables_.find(descriptor); found != tables_.end())
    say({std::string(record::note), std::to_string(found->second.text),
         fmt::format("{}: {}", found->second.spec.name, what)});
}

void Recorder::found(const std::string& file, std::uint64_t offset, const std::string& symbol) {
  const std::lock_guard lock(mutex_);
  symbols_[file].insert_or_assign(offset, symbol);
}

Place Recorder::place_in(const std::string& file, std::uint64_t offset) const {
  const std::lock_guard lock(mutex_);
  constexpr std::uint64_t longest_function = 1 << 16;
  const auto known = symbols_.find(file);
  const bool is_known = known != symbols_.end() && known->second.contains(offset);
  if (is_known) return Symbol{known->second.at(offset)};
  if (auto place = place_by_tables(file, offset); place && std::holds_alternative<Symbol>(*place)) return *place;
  if (known != symbols_.end()) {
    const auto behind = known->second.upper_bound(offset);
    if (behind != known->second.begin())
      if (const auto& [start, name] = *std::prev(behind); offset - start < longest_function)
        return Symbol{name, offset - start};
  }
  return place_by_tables(file, offset).value_or(Address{offset});
}

std::string Recorder::plain_path(const std::string& file) {
  constexpr std::string_view proc = "/proc/", root = "/root/";
  const auto behind = file.find(root, proc.size());
  if (!file.starts_with(proc) || behind == file.npos || file.find('/', proc.size()) != behind) return file;
  auto plain = file.substr(behind + root.size() - 1);
  std::error_code none;
  return std::filesystem::equivalent(plain, file, none) ? plain : file;
}

void Recorder::waits() {
  const std::lock_guard lock(mutex_);
  if (!loaded_ || to_ < 0) return;
  say({std::string(record::waits)});
  // What the tool would take back at its end was never done.
  ::_exit(0);
}

Recorder& recorder() {
  static Recorder only;
  return only;
}

StandIn* stand_in() { return &recorder(); }

}  // namespace sonda::bcc
