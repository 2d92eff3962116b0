#include "sonda/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "base/files.h"
#include "base/locations.h"
#include "base/text.h"
#include "compile/diagnostics.h"
#include "compile/included_files.h"
#include "compile/map_options.h"
#include "compile/protocol.h"
#include "compile/worker/confine.h"
#include "compile/worker_process.h"
#include "image/cache.h"
#include "kernel/kernel.h"
#include "sonda/ready_worker.h"
#include "sonda/version.h"

namespace sonda {
namespace {

/// The header tree is a resource that can be edited; the user-space headers lend macros and come with this package.
std::string headers_identity() {
  std::vector<std::string> files{file_identity("/usr/include/linux/version.h")};
  const auto tree = header_tree();
  std::error_code failed, none;
  for (std::filesystem::recursive_directory_iterator entry(tree, failed), end; !failed && entry != end;
       entry.increment(failed))
    if (entry->is_regular_file(none)) files.push_back(file_identity(entry->path()));
  if (failed) throw system_error(Stage::compile, tree.string(), "the headers there cannot be listed", failed.value());
  std::ranges::sort(files);
  return join(files, "; ");
}

Headers decide(Headers wanted) {
  if (wanted != Headers::automatic) return wanted;
  return has_btf() ? Headers::btf : Headers::kernel;
}

/// Those of `exported` that the probe may import: it has BPF_TABLE("extern", ...) and says their name.
std::vector<MapSpec> imports(const ProbeSource& source, const std::vector<IncludedFile>& included,
                             std::vector<MapSpec> exported) {
  const auto says = [&](std::string_view word) {
    return source.text().find(word) != std::string::npos ||
           std::ranges::any_of(included, [&](const auto& file) { return file.text.find(word) != std::string::npos; });
  };
  if (!says("\"extern\"")) return {};
  std::erase_if(exported, [&](const MapSpec& map) { return !says(map.name); });
  return exported;
}

ImageKey make_key(const ProbeSource& source, const std::vector<IncludedFile>& included, Headers headers,
                  const CompileOptions& options, const std::vector<MapSpec>& imported,
                  const std::filesystem::path& worker) {
  ImageKey key;
  key.probe = source.name();
  key.source = source.text();
  for (const auto& parameter : source.parameters())
    key.flags.push_back(fmt::format("{}={}", parameter.name, parameter.value));
  key.flags.insert(key.flags.end(), options.flags.begin(), options.flags.end());
  for (const auto& file : included) key.flags.push_back(fmt::format("#include \"{}\"\n{}", file.name, file.text));
  for (const auto& map : imported)
    key.flags.push_back(fmt::format("extern {} {} {} {} {} {}", map.name, map.type, map.key_size, map.value_size,
                                    map.max_entries, map.flags));
  if (options.bcc) key.flags.emplace_back("bcc");
  key.headers = headers == Headers::btf ? "btf; " + headers_identity() : "kernel";
  key.kernel = kernel_identity();
  key.compiler = compiler_identity(worker);
  key.sonda = fmt::format("{} image {}", version, image_format);
  return key;
}

/// The worker ended without an answer: either LLVM ended it over an error in the source, or it is broken.
Error worker_failed(const ImageKey& key, const WorkerOutput& output) {
  if (has_errors(output.chatter)) return compile_error(key.probe, key.source, output.chatter);
  return Error(Stage::compile, "the worker", fmt::format("ended with status {}", output.status),
               "-v shows what it printed last")
      .with_details(output.chatter);
}

/// The number in an environment variable, or `usual` if it is not set.
std::uint64_t chosen(const char* variable, std::uint64_t usual) {
  constexpr std::uint64_t most = 1UL << 20;
  const char* text = ::secure_getenv(variable);
  if (text == nullptr || *text == '\0') return usual;
  const auto number = parse_u64(text);
  if (!number || *number == 0 || *number > most)
    throw Error(Stage::usage, variable, fmt::format("'{}' is not a number from 1 to {}", text, most));
  return *number;
}

struct Limits {
  explicit Limits(const CompileOptions& options)
      : memory(options.memory ? *options.memory : chosen("SONDA_COMPILE_MEMORY", usual_memory >> 20) << 20),
        seconds(options.seconds ? *options.seconds : chosen("SONDA_COMPILE_SECONDS", usual_seconds)) {}
  std::uint64_t memory, seconds;
};

/// A worker that took all that it may have has no other fault.
void throw_if_over_limit(const ImageKey& key, const Limits& limits, const WorkerOutput& output) {
  const auto too_much = [&](std::string cause, std::string hint) {
    throw Error(Stage::compile, key.probe, std::move(cause), std::move(hint)).with_details(output.chatter);
  };
  if (output.signal == SIGXCPU ||
      (output.signal == SIGKILL && limits.seconds != 0 && output.seconds + 1 >= static_cast<double>(limits.seconds)))
    too_much(fmt::format("its compile was ended after {} s of CPU time", limits.seconds),
             "what the compiler unrolls or expands for so long would hardly be a program for the kernel; "
             "SONDA_COMPILE_SECONDS=N allows more");
  const bool has_failed = output.signal != 0 || output.answer.empty();
  if (limits.memory != 0 && has_failed &&
      (output.chatter.find("out of memory") != std::string::npos || output.peak >= limits.memory / 4 * 3))
    too_much(fmt::format("its compile needs more memory than {} MiB", limits.memory >> 20),
             "SONDA_COMPILE_MEMORY=MIB allows more");
  if (output.signal == SIGXFSZ) too_much("its compile writes files that are too large", "");
}

Image compile_in_worker(const ImageKey& key, Headers headers, const ProbeSource& source, const CompileOptions& options,
                        const std::filesystem::path& worker, const std::vector<IncludedFile>& included) {
  const Limits limits(options);
  // Each in a folder of its own.
  const auto ask = [&](Worker&& one) {
    const TemporaryFolder folder;
    const CompileRequest request{
        .key = key,
        .headers = headers,
        .parameters = source.parameters(),
        .flags = options.flags,
        .events = source.event_types(),
        .included = included,
        .is_bcc = options.bcc.has_value(),
        .debug = options.bcc ? options.bcc->debug : 0,
        .exported = imports(source, included, options.exported),
        .folder = folder.path().string(),
        .btf = options.btf.empty() ? "" : std::filesystem::absolute(options.btf).string(),
        .cache = options.use_cache && options.btf.empty() ? user_cache().value_or("").string() : "",
        .memory = limits.memory,
        .seconds = limits.seconds};
    return one.ask(serialize(request), options.timeout);
  };
  const auto show = [&](const WorkerOutput& output) {
    if (options.trace)
      for (const auto line : split_lines(output.chatter)) options.trace(line);
  };
  if (const auto ready = options.ready ? options.ready->take() : nullptr) {
    const auto output = ask(std::move(*ready));
    throw_if_over_limit(key, limits, output);
    if (output.status == 0 && output.signal == 0 && !output.answer.empty()) {
      show(output);
      if (options.trace) options.trace("compile: the worker was ready");
      return parse_answer(output.answer);
    }
    // Something may have befallen it while it waited. What another one says counts.
  }
  const auto output = ask(Worker(worker));
  show(output);
  throw_if_over_limit(key, limits, output);
  require_no_crash(output);
  if (output.status != 0) throw worker_failed(key, output);
  return parse_answer(output.answer);
}

void tell_warnings(const Image& image, const std::function<void(std::string_view)>& tell) {
  if (!tell) return;
  for (const auto& warning : image.warnings) tell(warning_text(image.key.probe, image.key.source, warning));
}

}  // namespace

Headers parse_headers(std::string_view text) {
  if (text == "auto") return Headers::automatic;
  if (text == "btf") return Headers::btf;
  if (text == "kernel") return Headers::kernel;
  throw Error(Stage::usage, std::string(text), "not a source of kernel types", "btf, kernel or auto");
}

Image compile(const ProbeSource& source, const CompileOptions& options) {
  const auto trace = [&](std::string_view line) {
    if (options.trace) options.trace(line);
  };
  const auto worker = worker_program();
  const auto headers = options.btf.empty() ? decide(options.headers) : Headers::btf;
  const auto included = included_files(source);
  const auto key = make_key(source, included, headers, options, imports(source, included, options.exported), worker);
  const auto elsewhere = paths_in(options.flags);
  for (const auto& path : elsewhere) require_trusted(path);
  const bool cacheable = options.use_cache && options.btf.empty() && elsewhere.empty() && !(options.bcc && options.bcc->debug != 0);
  const auto cache = cacheable ? ImageCache::open(options.trace) : std::nullopt;
  auto image = cache ? cache->find(key) : std::nullopt;
  const bool is_known = image.has_value();
  if (!is_known) image = compile_in_worker(key, headers, source, options, worker, included);
  trace(is_known ? "compile: taken from the cache" : "compile: compiled by the worker");
  if (cache && !is_known) cache->store(*image);
  apply_map_options(*image, source, options);
  tell_warnings(*image, options.warn);
  return *std::move(image);
}

}  // namespace sonda
