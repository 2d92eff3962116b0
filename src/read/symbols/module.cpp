#include "read/symbols/module.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/files.h"
#include "read/symbols/debug_file.h"
#include "read/symbols/process_maps.h"
#include "sonda/error.h"

namespace sonda {
namespace {

namespace fs = std::filesystem;

fs::path root_of(pid_t pid) { return fmt::format("/proc/{}/root", pid); }

// Looks before it opens: opening a device can set it in motion.
bool is_regular(const fs::path& path, std::uint64_t inode) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && (inode == 0 || status.st_ino == inode);
}

std::unique_ptr<ElfReader> try_open(const fs::path& path, std::uint64_t inode) {
  if (!is_regular(path, inode)) return nullptr;
  try {
    return std::make_unique<ElfReader>(path);
  } catch (const Error&) {
    return nullptr;
  }
}

// Our own vdso; its pages are the same in every process.
std::optional<Mapping> own_vdso() {
  for (const auto& mapping : read_code_mappings(::getpid()))
    if (mapping.path == "[vdso]") return mapping;
  return std::nullopt;
}

}  // namespace

std::unique_ptr<ElfReader> open_mapped(pid_t pid, const Mapping& mapping) {
  if (!mapping.path.starts_with('/')) return nullptr;
  const auto exact = fmt::format("/proc/{}/map_files/{:x}-{:x}", pid, mapping.start, mapping.end);
  if (auto file = try_open(exact, 0)) return file;
  const auto path = fs::path(mapping.path);
  if (auto file = try_open(root_of(pid) / path.relative_path(), mapping.inode)) return file;
  return try_open(path, mapping.inode);
}

FileIdentity identity_of(const ElfReader& file) {
  struct stat status{};
  if (::fstat(file.fd(), &status) != 0)
    throw system_error(Stage::attach, file.path().string(), "cannot examine it", errno);
  return {status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

std::shared_ptr<const Module> read_module(pid_t pid, const Mapping& mapping, const ElfReader& file) {
  Module module{mapping.path, build_id_of(file), SymbolTable(file)};
  if (!file.section(SHT_SYMTAB)) {
    const std::array<fs::path, 2> roots{root_of(pid), "/"};
    try {
      if (const auto debug = find_debug_file(file, mapping.path, roots)) module.symbols.add(*debug);
    } catch (const Error&) {
      // What the binary itself says is worth having without it.
    }
  }
  module.symbols.finish();
  return std::make_shared<const Module>(std::move(module));
}

std::shared_ptr<const Module> read_vdso() {
  const auto mapping = own_vdso();
  if (!mapping) return nullptr;
  const UniqueFd memory(::open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
  const UniqueFd copy(::memfd_create("vdso", MFD_CLOEXEC));
  std::vector<std::byte> bytes(mapping->end - mapping->start);
  if (!memory || !copy) return nullptr;
  if (::pread(memory.get(), bytes.data(), bytes.size(), static_cast<off_t>(mapping->start)) !=
      static_cast<ssize_t>(bytes.size()))
    return nullptr;
  try {
    write_all(copy.get(), bytes, "vdso", Stage::read);
    const ElfReader file(fmt::format("/proc/self/fd/{}", copy.get()));
    Module module{"[vdso]", build_id_of(file), SymbolTable(file)};
    module.symbols.finish();
    return std::make_shared<const Module>(std::move(module));
  } catch (const Error&) {
    return nullptr;
  }
}

}  // namespace sonda
