// From a probe's source to an image: out of the cache, or through the worker.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sonda/image.h"
#include "sonda/probe_source.h"

namespace sonda {

/// Where a probe's kernel types come from.
enum class Headers {
  automatic,  ///< BTF where the kernel has it, else the kernel's own headers
  btf,        ///< the running kernel's BTF
  kernel      ///< /lib/modules/RELEASE/build
};

/// "btf", "kernel" or "auto". Throws Error(Stage::usage).
Headers parse_headers(std::string_view text);

class ReadyWorker;

/// How a text is compiled that BCC's Python hands over: it brings its own readers of USDT arguments, and need not have
/// a function or a map.
struct BccText {
  /// BCC's debug flags. What they print goes to `CompileOptions::trace`, and nothing comes from the cache.
  std::uint32_t debug = 0;
};

struct CompileOptions {
  Headers headers = Headers::automatic;
  bool use_cache = true;
  /// The types of another kernel: its BTF, raw or in its vmlinux. What is compiled so is for that kernel, and not
  /// cached.
  std::filesystem::path btf;
  std::vector<std::string> flags;  ///< further flags for the compiler
  std::vector<MapSpec> exported;   ///< the maps that BPF_TABLE("extern", ...) can mean
  /// Sizes of ring buffers in place of those that the file says: name, pages. Other names are passed over.
  std::vector<std::pair<std::string, std::uint32_t>> ring_pages;
  /// Whether the probe's own ring buffers that are smaller than room_for_events() says are made larger.
  bool large_rings = false;
  /// The text is what BCC's Python hands over, see BccText.
  std::optional<BccText> bcc;
  std::chrono::milliseconds timeout{120'000};  ///< after which the worker is ended
  /// Bytes of data that the worker may have, and seconds of CPU time; 0: no limit. Nothing: 1 GiB, or what
  /// SONDA_COMPILE_MEMORY says in MiB; 20, or what SONDA_COMPILE_SECONDS says.
  std::optional<std::uint64_t> memory, seconds;
  std::shared_ptr<ReadyWorker> ready;           ///< gives its worker, if one waits; may be empty
  std::function<void(std::string_view)> trace;  ///< told, a line at a time, what -v shows; may be empty
  /// Told each warning of the compiler, also of an image from the cache: "FILE:LINE:COLUMN: warning: TEXT" and the line
  /// with a caret, lines that each end. May be empty.
  std::function<void(std::string_view)> warn;
};

/// Bytes of a buffer that has room for what comes in a tenth of a second at a million events a second, each of `size`
/// bytes, and for twice that where 16 MiB are enough; a power of two, at most 64 MiB.
std::uint32_t room_for_events(std::uint32_t size);

/// The compiled probe. Takes it from the cache if the whole key agrees and the file checks; otherwise runs the worker
/// and stores what it made. A cache that cannot be used is never an error.
/// Throws Error(Stage::compile) with the user's file, line, column, source line and a caret; a worker that crashed,
/// hung or was killed is said to have done so.
Image compile(const ProbeSource& source, const CompileOptions& options = {});

}  // namespace sonda
