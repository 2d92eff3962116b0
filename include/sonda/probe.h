// The whole path in one object, named as BCC names it.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sonda/attach_point.h"
#include "sonda/compile.h"
#include "sonda/events.h"
#include "sonda/ledger.h"
#include "sonda/link.h"
#include "sonda/map.h"
#include "sonda/map_pool.h"
#include "sonda/probe_source.h"
#include "sonda/table.h"
#include "sonda/trace_pipe.h"

namespace sonda {

struct OpenOptions {
  std::vector<std::pair<std::string, std::string>> parameters;  ///< name, value
  std::optional<pid_t> process;                                 ///< what `$PID` stands for
  std::shared_ptr<MapPool> maps;  ///< for maps that are shared or pinned; empty: one of the probe's own
  CompileOptions compile;
};

struct UprobeOptions {
  std::uint64_t offset = 0;              ///< bytes after the symbol
  std::optional<std::uint64_t> address;  ///< instead of a symbol
  pid_t pid = all_pids;
};

struct KprobeOptions {
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> address;
};

struct PerfEventOptions {
  pid_t pid = all_pids;
  int cpu = -1;  ///< -1: all that are online
};

/// A probe that is compiled and whose maps are in the kernel. Programs load when they are attached. Everything detaches
/// and is gone when this object is destroyed. Every method throws sonda::Error.
class Probe {
 public:
  /// By name or path; see ProbeSource::open.
  static Probe open(const std::string& name, const OpenOptions& options = {});
  static Probe open(ProbeSource source, const OpenOptions& options = {});

  const ProbeSource& source() const noexcept { return source_; }
  LoadedImage& loaded() noexcept { return *loaded_; }
  const LoadedImage& loaded() const noexcept { return *loaded_; }
  const Image& image() const noexcept { return loaded_->image(); }

  /// Where the functions are to be attached: what the file's `@attach` comments say, and by BCC's naming conventions
  /// (conventional_point) the functions that no comment is about.
  std::vector<Attachment> attachments() const;
  /// Fills the program arrays as the `@tailcall` comments say, then attaches all of attachments(): all of it or, if it
  /// throws, nothing.
  void attach();
  void attach(const std::vector<Attachment>& attachments);
  Link& attach(const AttachPoint& point, const std::string& function);
  Link& attach_uprobe(const std::filesystem::path& binary, const std::string& symbol, const std::string& function,
                      const UprobeOptions& options = {});
  Link& attach_uretprobe(const std::filesystem::path& binary, const std::string& symbol, const std::string& function,
                         const UprobeOptions& options = {});
  Link& attach_kprobe(const std::string& symbol, const std::string& function, const KprobeOptions& options = {});
  Link& attach_kretprobe(const std::string& symbol, const std::string& function, const KprobeOptions& options = {});
  Link& attach_tracepoint(const std::string& category, const std::string& name, const std::string& function);
  Link& attach_raw_tracepoint(const std::string& name, const std::string& function);
  Link& attach_perf_event(PerfEventId event, const std::string& function, Sampling sampling,
                          const PerfEventOptions& options = {});

  /// Puts `function` into a slot of a program array, in place of what is there: programs that jump to the slot go on in
  /// it from then on. It is loaded as what the programs are that jump through the array.
  void set_tail_call(const std::string& array, std::uint32_t index, const std::string& function);
  /// Empties the slot: who jumps to it goes on where it is. Whether there was a program in it.
  bool clear_tail_call(const std::string& array, std::uint32_t index);

  /// Detaches everything; maps stay readable.
  void detach_all() noexcept { links_.clear(); }
  const std::deque<Link>& links() const noexcept { return links_; }

  Table table(std::string_view name) const { return Table(loaded_->map(name)); }

  /// Opens a ring or perf buffer; the callback runs inside poll().
  EventReader& open_events(std::string_view map, EventCallback callback, std::size_t pages = 64);
  /// The same with events bound to a C++ struct; where the file has an `@event` for it, the layouts are compared.
  template <class T, class Callback>
  EventReader& open_events_as(std::string_view map, Callback callback);
  /// Waits for events of all opened buffers and delivers them; returns how many. See EventReader::poll.
  std::size_t poll(int timeout_ms);

  /// The next line of bpf_trace_printk, parsed; nothing on a timeout or a signal.
  std::optional<TraceFields> trace_fields(int timeout_ms = -1);

  /// What was seen and lost so far; asks the kernel for the runs it skipped.
  const Ledger& ledger();

 private:
  Probe(ProbeSource source, const OpenOptions& options, std::shared_ptr<MapPool> pool);
  const Program& load(const std::string& function, const ProgramKind& kind);
  void fill_program_arrays(const std::vector<Attachment>& attachments);
  ProbeSource source_;
  CompileOptions compile_;
  std::unique_ptr<LoadedImage> loaded_;
  std::unique_ptr<Ledger> ledger_ = std::make_unique<Ledger>();
  std::deque<Link> links_;
  std::deque<EventReader> readers_;
  std::unique_ptr<TracePipe> trace_pipe_;
};

/// Throws Error(Stage::read) if an event is shorter than the struct it is bound to.
void require_event_size(std::string_view map, std::size_t got, std::size_t wanted);

template <class T, class Callback>
EventReader& Probe::open_events_as(std::string_view map, Callback callback) {
  const auto& spec = loaded_->map(map).spec();
  if (!spec.event.empty()) require_layout<T>(spec.event, spec.name, "event");
  return open_events(map, [name = spec.name, callback = std::move(callback)](const Event& event) {
    require_event_size(name, event.bytes.size(), sizeof(T));
    callback(from_bytes<T>(event.bytes));
  });
}

}  // namespace sonda
