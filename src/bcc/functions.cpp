// The functions of libbcc.so.0 that have to do with compiled modules, as BCC's bcc_common.h and bpf_module.h declare
// them and its Python calls them. No exception leaves one: what goes wrong is said on the standard error, and the
// caller gets what libbcc would give.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>

#include "base/files.h"
#include "bcc/module.h"
#include "bcc/program_kind.h"
#include "bcc/script_lines.h"
#include "bcc/source_file.h"
#include "bcc/value_text.h"
#include "kernel/privilege.h"
#include "sonda/error.h"

namespace sonda::bcc {
namespace {

Module& module_of(void* program) { return *static_cast<Module*>(program); }

/// What `body` returns, or `otherwise` after it said why not.
template <class Result, class Body>
Result guarded(Result otherwise, const Origin& origin, const Body& body) noexcept {
  try {
    return body();
  } catch (const std::exception& error) {
    Module::say(origin, error.what());
  }
  return otherwise;
}

/// A text is known by the file that it was read from, or by the script that it stands in.
Origin origin_of(std::string_view text) {
  Origin origin{.name = "BPF text", .lines = {}};
  const auto script = running_script();
  if (!script) return origin;
  constexpr std::size_t largest_script = 4UL << 20;
  const auto script_text = try_read_file(*script, largest_script);
  if (!script_text) return origin;
  if (auto file = source_file_of(text, *script, *script_text, own_words()))
    return {.name = file->path.string(), .lines = std::move(file->lines)};
  auto lines = lines_in_script(text, *script_text);
  if (std::ranges::all_of(lines, [](auto line) { return line == 0; })) return origin;
  return {.name = script->string(), .lines = std::move(lines)};
}

ModuleOptions options_of(unsigned debug, const char** cflags, int count) {
  ModuleOptions options{.debug = debug, .cflags = {}, .instead = stand_in()};
  for (int i = 0; i < count; ++i) options.cflags.emplace_back(cflags[i]);
  return options;
}

void* create(Origin origin, std::string text, const ModuleOptions& options, const char* device) {
  return guarded<void*>(nullptr, origin, [&]() -> void* {
    if (device != nullptr && *device != '\0')
      throw Error(Stage::load, device, "programs that run on a network card are not served",
                  "see docs/bcc-python.md; without `device` it runs in the kernel");
    return std::make_unique<Module>(origin, std::move(text), options).release();
  });
}

/// Writes it as snprintf() does.
void print_into(char* to, std::size_t size, const std::string& text) {
  if (size == 0) return;
  const auto length = std::min(text.size(), size - 1);
  std::memcpy(to, text.data(), length);
  to[length] = '\0';
}

const Map* table_at(void* program, std::size_t id) noexcept {
  if (program == nullptr) return nullptr;
  const auto& tables = module_of(program).tables();
  return id < tables.size() ? tables[id].get() : nullptr;
}

const Map* table_called(void* program, const char* name) noexcept {
  if (program == nullptr) return nullptr;
  const auto id = module_of(program).table(name);
  return id ? table_at(program, *id) : nullptr;
}

int snprint(void* program, std::size_t id, Schema MapSpec::* part, char* to, std::size_t size, const void* value) {
  const auto* table = table_at(program, id);
  if (table == nullptr) return -1;
  return guarded(-1, module_of(program).origin(), [&] {
    const auto& schema = table->spec().*part;
    print_into(to, size, value_text(schema, {static_cast<const std::byte*>(value), schema.size()}));
    return 0;
  });
}

int sscan(void* program, std::size_t id, Schema MapSpec::* part, const char* text, void* value) {
  const auto* table = table_at(program, id);
  if (table == nullptr) return -1;
  return guarded(-1, module_of(program).origin(), [&] {
    const auto parsed = parse_value_text(table->spec().*part, text);
    if (!parsed) return -1;
    std::memcpy(value, parsed->data(), parsed->size());
    return 0;
  });
}

/// The errno value by which the Python tells a lack of privilege from other refusals.
int errno_of(const Error& error) {
  if (error.stage() == Stage::verify) return EACCES;
  return has_capability(Capability::bpf) ? EINVAL : EPERM;
}

}  // namespace
}  // namespace sonda::bcc

// NOLINTBEGIN(readability-identifier-naming): the names and types are libbcc's
extern "C" {
using namespace sonda;
using namespace sonda::bcc;

void* bpf_module_create_c_from_string(const char* text, unsigned flags, const char* cflags[], int ncflags, bool,
                                      const char* device) {
  return create(origin_of(text), text, options_of(flags, cflags, ncflags), device);
}

void* bpf_module_create_c(const char* file, unsigned flags, const char* cflags[], int ncflags, bool,
                          const char* device) {
  const Origin origin{.name = file, .lines = {}};
  return guarded<void*>(nullptr, origin, [&] {
    return create(origin, read_file(file, Stage::source, largest_probe), options_of(flags, cflags, ncflags), device);
  });
}

/// Nothing is to be freed: the compiler ran in a process of its own. That of libbcc_bpf fails where libbcc is not.
int bcc_free_memory() { return 0; }

void bpf_module_destroy(void* program) { const std::unique_ptr<Module> ended(static_cast<Module*>(program)); }

bool bpf_module_rw_engine_enabled() { return true; }

char* bpf_module_license(void* program) {
  return program == nullptr ? nullptr : const_cast<char*>(module_of(program).image().license.c_str());
}

unsigned bpf_module_kern_version(void* program) {
  return program == nullptr ? 0 : module_of(program).image().kernel_version;
}

std::size_t bpf_num_functions(void* program) {
  return program == nullptr ? 0 : module_of(program).image().programs.size();
}

const char* bpf_function_name(void* program, std::size_t id) {
  if (id >= bpf_num_functions(program)) return nullptr;
  return module_of(program).image().programs[id].name.c_str();
}

void* bpf_function_start(void* program, const char* name) {
  const auto* code = program == nullptr ? nullptr : module_of(program).instructions(name);
  return code == nullptr ? nullptr : const_cast<bpf_insn*>(code->data());
}

std::size_t bpf_function_size(void* program, const char* name) {
  const auto* code = program == nullptr ? nullptr : module_of(program).instructions(name);
  return code == nullptr ? 0 : code->size() * sizeof(bpf_insn);
}

int bcc_func_load(void* program, int type, const char* name, const bpf_insn*, int, const char*, unsigned, int log_level,
                  char*, unsigned, const char*, int attach_type) {
  if (program == nullptr) return -1;
  auto& loaded = module_of(program);
  int why = EINVAL;
  const int fd = guarded(-1, loaded.origin(), [&] {
    try {
      return loaded.load(name, program_kind(type, name, attach_type), log_level);
    } catch (const Error& error) {
      why = errno_of(error);
      throw;
    }
  });
  if (fd < 0) errno = why;
  return fd;
}

std::size_t bpf_num_tables(void* program) { return program == nullptr ? 0 : module_of(program).tables().size(); }

std::size_t bpf_table_id(void* program, const char* name) {
  constexpr auto none = ~std::size_t{0};
  return program == nullptr ? none : module_of(program).table(name).value_or(none);
}

const char* bpf_table_name(void* program, std::size_t id) {
  const auto* table = table_at(program, id);
  return table == nullptr ? nullptr : table->spec().name.c_str();
}

int bpf_table_fd(void* program, const char* name) {
  const auto* table = table_called(program, name);
  return table == nullptr ? -1 : table->fd();
}

int bpf_table_type_id(void* program, std::size_t id) {
  const auto* table = table_at(program, id);
  return table == nullptr ? -1 : static_cast<int>(table->spec().type);
}

std::size_t bpf_table_max_entries_id(void* program, std::size_t id) {
  const auto* table = table_at(program, id);
  return table == nullptr ? 0 : table->spec().max_entries;
}

int bpf_table_flags_id(void* program, std::size_t id) {
  const auto* table = table_at(program, id);
  return table == nullptr ? -1 : static_cast<int>(table->spec().flags);
}

const char* bpf_table_key_desc(void* program, const char* name) {
  const auto* table = table_called(program, name);
  return table == nullptr ? nullptr : table->spec().python.key.c_str();
}

const char* bpf_table_leaf_desc(void* program, const char* name) {
  const auto* table = table_called(program, name);
  return table == nullptr ? nullptr : table->spec().python.value.c_str();
}

int bpf_table_key_snprintf(void* program, std::size_t id, char* to, std::size_t size, const void* key) {
  return snprint(program, id, &MapSpec::key, to, size, key);
}

int bpf_table_leaf_snprintf(void* program, std::size_t id, char* to, std::size_t size, const void* leaf) {
  return snprint(program, id, &MapSpec::value, to, size, leaf);
}

int bpf_table_key_sscanf(void* program, std::size_t id, const char* text, void* key) {
  return sscan(program, id, &MapSpec::key, text, key);
}

int bpf_table_leaf_sscanf(void* program, std::size_t id, const char* text, void* leaf) {
  return sscan(program, id, &MapSpec::value, text, leaf);
}

std::size_t bpf_perf_event_fields(void* program, const char* table) {
  return program == nullptr ? 0 : module_of(program).event_fields(table).size();
}

const char* bpf_perf_event_field(void* program, const char* table, std::size_t index) {
  if (index >= bpf_perf_event_fields(program, table)) return nullptr;
  return module_of(program).event_fields(table)[index].c_str();
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming)
