// The whole path in one object, named as BCC names it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sonda/attach_point.h"
#include "sonda/compile.h"
#include "sonda/error.h"
#include "sonda/events.h"
#include "sonda/ledger.h"
#include "sonda/link.h"
#include "sonda/loaded_image.h"
#include "sonda/map_pool.h"
#include "sonda/probe_source.h"
#include "sonda/program.h"
#include "sonda/reload.h"
#include "sonda/table.h"
#include "sonda/trace_pipe.h"

namespace sonda {

struct OpenOptions {
  std::vector<std::pair<std::string, std::string>> parameters;  ///< name, value
  std::optional<pid_t> process;                                 ///< what `$PID` stands for
  std::shared_ptr<MapPool> maps;  ///< for maps that are shared or pinned; empty: one of the probe's own
  /// Set when maps are made, after those that the file says (`@set`); those of maps that the probe lacks are left out.
  std::vector<MapEntry> entries;
  CompileOptions compile;
  /// Programs are attached through dispatchers, so that Probe::reload() can exchange them while they run.
  bool live = false;
  /// How long, after the verifier refused a program, changes of the probe are tried for the error's hint. 0: not at
  /// all.
  std::chrono::milliseconds try_changes{1000};
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

/// Where the functions of a probe are to be attached: what the file's `@attach` comments say, and by BCC's naming
/// conventions (conventional_point) the functions that no comment is about.
std::vector<Attachment> attachments_of(const ProbeSource& source, const Image& image);

struct Live;

/// A probe that is compiled and whose maps are in the kernel. Programs load when they are attached. Everything detaches
/// and is gone when this object is destroyed. Every method throws sonda::Error.
class Probe {
 public:
  /// By name or path; see ProbeSource::open.
  static Probe open(const std::string& name, const OpenOptions& options = {});
  static Probe open(ProbeSource source, const OpenOptions& options = {});
  Probe(Probe&&) noexcept;
  Probe& operator=(Probe&&) noexcept;
  ~Probe();

  const ProbeSource& source() const noexcept { return source_; }
  LoadedImage& loaded() noexcept { return *loaded_; }
  const LoadedImage& loaded() const noexcept { return *loaded_; }
  const Image& image() const noexcept { return loaded_->image(); }

  std::vector<Attachment> attachments() const { return attachments_of(source_, image()); }
  /// Fills the program arrays as the `@tailcall` comments say, then attaches all of attachments(): all of it or, if it
  /// throws, nothing.
  void attach();
  void attach(const std::vector<Attachment>& attachments);
  /// Attaches one function more. Slots of program arrays that it reaches are filled as the `@tailcall` comments say,
  /// but for those that set_tail_call() or clear_tail_call() was called for; so are maps of maps.
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

  /// The function as what is to be attached at points of that kind: for who attaches by other ways than attach(), and
  /// keeps the links. In a live probe a reload then asks for the function, and exchanges it.
  const Program& program(const std::string& function, const ProgramKind& kind);

  /// The error of a verifier that refused `function` as what is attached at points of that kind. The changes that may
  /// satisfy it are tried on copies of the probe, which are compiled and loaded, and gone again; the first with which
  /// the kernel takes the program is the hint. For who loads programs by other ways than attach() and program(), whose
  /// errors come so. Any other error is given back as it is.
  Error with_tried_hint(Error refusal, const std::string& function, const ProgramKind& kind) const;

  /// Detaches everything, and waits until no program runs any more: then buffers, maps and the ledger are of one
  /// moment, and final. They stay readable.
  void detach_all() noexcept;
  /// Detaches one of links(), which is gone then.
  void detach(const Link& link) noexcept;
  const std::list<Link>& links() const noexcept { return links_; }

  bool live() const noexcept { return live_ != nullptr; }
  /// What compiles the edited probe for reload(). It is on its own, so that it may run in another thread; it throws
  /// what open() throws, and leaves what it would tell CompileOptions::trace in Edited::trace.
  std::function<Edited()> compile_task(ProbeSource edited, const ReloadOptions& options = {}) const;
  /// Puts the edited probe in the place of this one, which must be live. Its maps are made or, where type and layout
  /// are the same, taken over with all that is in them; every program is loaded, every new point attached. Only then
  /// the programs are exchanged, one update of a map for each function. If anything fails it throws, and everything is
  /// as it was; but what an event callback throws while the rest of an old buffer is delivered comes after the swap.
  /// References to maps that go on and to links that stay remain valid, loaded() and image() are others.
  Reload reload(Edited edited, const ReloadOptions& options = {});
  Reload reload(ProbeSource edited, const ReloadOptions& options = {}) {
    return reload(compile_task(std::move(edited), options)(), options);
  }
  /// Runs of each function that is attached. Throws Error(Stage::read).
  std::vector<FunctionRuns> runs() const;

  static constexpr std::size_t default_pages = 64;

  Table table(std::string_view name) const { return Table(loaded_->map(name)); }

  /// Opens a ring or perf buffer; the callback runs inside poll().
  EventReader& open_events(std::string_view map, EventCallback callback, std::size_t pages = default_pages);
  /// The same with events bound to a C++ struct; where the file has an `@event` for it, the layouts are compared.
  template <class T, class Callback>
  EventReader& open_events_as(std::string_view map, Callback callback);
  /// The reader of a buffer that is open, or null. A reload may end it, if the map is gone.
  EventReader* events(std::string_view map) noexcept;
  /// Waits for events of all opened buffers and delivers them; returns how many. See EventReader::poll.
  std::size_t poll(int timeout_ms);

  /// The next line of bpf_trace_printk, parsed; nothing on a timeout or a signal.
  std::optional<TraceFields> trace_fields(int timeout_ms = -1);

  /// What was seen and lost so far; asks the kernel for the runs it skipped and the calls that failed. What programs
  /// that still run are about to lose is not in it: detach_all() before the last one. Throws Error(Stage::read).
  const Ledger& ledger();

 private:
  friend class Swap;
  /// One buffer that is read.
  struct Buffer {
    std::string map;
    std::size_t pages = 0;
    EventCallback callback;
    std::function<void(const MapSpec&)> check;  ///< throws if what reads it does not fit the map; may be empty
    EventReader reader;
  };
  Probe(ProbeSource source, const OpenOptions& options, std::shared_ptr<MapPool> pool);
  const Program& load(const std::string& function, const ProgramKind& kind);
  LoadProgram loader() {
    return [this](const std::string& name, const ProgramKind& kind) -> const Program& { return load(name, kind); };
  }
  /// attach() of one point, when the slots are filled.
  Link& attach_filled(const AttachPoint& point, const std::string& function);
  void remember_slot(const TailCall& call);
  EventReader& open_checked(std::string_view map, EventCallback callback, std::size_t pages,
                            std::function<void(const MapSpec&)> check);
  ProbeSource source_;
  OpenOptions options_;
  std::shared_ptr<MapPool> pool_;
  std::unique_ptr<LoadedImage> loaded_;
  std::vector<TailCall> slots_;  ///< what set_tail_call() did; an empty function: it was emptied
  void count_losses(Ledger& told) const;
  std::unique_ptr<Ledger> received_ = std::make_unique<Ledger>();  ///< what the readers count
  std::unique_ptr<Ledger> ledger_ = std::make_unique<Ledger>();
  std::unique_ptr<Live> live_;  // null unless OpenOptions::live; outlives the links, which lead through it
  std::list<Link> links_;
  std::list<Buffer> readers_;
  std::unique_ptr<TracePipe> trace_pipe_;
};

/// Throws Error(Stage::read) if an event is shorter than the struct it is bound to.
void require_event_size(std::string_view map, std::size_t got, std::size_t wanted);

template <class T, class Callback>
EventReader& Probe::open_events_as(std::string_view map, Callback callback) {
  const auto check = [](const MapSpec& spec) {
    if (!spec.event.empty()) require_layout<T>(spec.event, spec.name, "event");
  };
  const auto& spec = loaded_->map(map).spec();
  check(spec);
  return open_checked(
      map,
      [name = spec.name, callback = std::move(callback)](const Event& event) {
        require_event_size(name, event.bytes.size(), sizeof(T));
        callback(from_bytes<T>(event.bytes));
      },
      default_pages, check);
}

}  // namespace sonda
