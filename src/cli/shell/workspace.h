// What is open in the shell: probes with their parameters, links and events.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/shell/event_store.h"
#include "cli/shell/shell.h"
#include "front/event_loop.h"
#include "kernel/run_statistics.h"
#include "present/output.h"
#include "sonda/probe.h"

namespace sonda::shell {

using Parameters = std::vector<std::pair<std::string, std::string>>;

/// What of a file was asked to be attached: so a reload knows what to do with points that are new.
struct AttachWish {
  bool all = false;                      ///< what the file says, whatever that is
  std::vector<std::string> functions;    ///< of these, what the file says
  std::vector<Attachment> not_attached;  ///< but not these, which were detached
  bool has(const Attachment& attachment) const;
};

struct OpenFile {
  std::string name;  ///< as it was given
  Parameters parameters;
  Probe probe;
  AttachWish wish = {};
  std::vector<std::shared_ptr<EventSource>> sources;  ///< of its buffers
};

struct FoundMap {
  OpenFile& file;
  const Map& map;
};

/// A link, by a number that stays its own.
struct NumberedLink {
  int number = 0;
  OpenFile* file = nullptr;
  const Link* link = nullptr;
};

class Workspace {
 public:
  /// `interactive`: somebody sits at a prompt.
  Workspace(front::Run& run, const ShellOptions& options, bool interactive);

  front::Run& run() noexcept { return run_; }
  present::TableOutput& output() noexcept { return output_; }
  ShowResources& resources() noexcept { return resources_; }
  EventStore& events() noexcept { return events_; }
  bool interactive() const noexcept { return interactive_; }
  bool json() const noexcept { return output_.json(); }
  std::optional<pid_t> process() const noexcept { return options_.pid; }

  /// A line for people; `object` for programs.
  void say(const std::string& line, const report::Json& object);
  /// Rows, each column as wide as its widest cell; in JSON an object for each, of that type. On a terminal that is too
  /// narrow lines are cut.
  void table(const std::string& type, const std::vector<report::Column>& columns, const std::vector<report::Row>& rows);

  /// Throws Error: it is open already, or what Probe::open() throws.
  OpenFile& load(const std::string& name);
  void unload(OpenFile& file);
  /// Throws and leaves everything as it was if the edited source does not compile, load or attach.
  Reload reload(OpenFile& file, const Parameters& parameters);
  std::list<OpenFile>& files() noexcept { return files_; }
  /// By name, by the last part of its path, or, without one, the one that was loaded last. Throws Error(Stage::usage).
  OpenFile& file(const std::optional<std::string>& name);

  /// By name, or FILE:NAME where several files have one. Throws Error(Stage::usage).
  FoundMap map(const std::string& name);
  /// The file that has the function. Throws Error(Stage::usage).
  OpenFile& file_of_function(const std::string& function);
  std::vector<std::string> function_names() const;
  std::vector<std::string> map_names() const;
  std::vector<std::string> buffer_names() const;
  std::vector<NumberedLink> links();

  /// While the loop runs, what buffers have is taken into the store, and `after` is called each time something came.
  void feed(front::EventLoop& loop, front::EventLoop::Action after = [] {});
  /// Feeds a loop until `fd` is readable; false if a signal asks to stop before.
  bool wait_for(int fd);
  /// Takes what buffers have into the store.
  void drain();
  /// What was lost in all, said and counted.
  void close_ledger();

  /// Whether the kernel measures how long programs run.
  bool measures() const noexcept { return statistics_.has_value(); }
  /// Throws Error(Stage::kernel).
  void measure(bool on);

  /// What `save` will write for the command that runs now, in place of its line.
  void record_as(std::string line) { recorded_as_ = std::move(line); }
  std::optional<std::string> take_recorded() noexcept { return std::exchange(recorded_as_, std::nullopt); }
  std::vector<std::string>& recorded() noexcept { return recorded_; }

  void quit() noexcept { ended_ = true; }
  bool ended() const noexcept { return ended_; }

 private:
  void store(TraceFields fields) { events_.add({nullptr, {}, -1, std::move(fields)}); }
  EventCallback to_store(std::shared_ptr<EventSource> source);
  /// As the file has its buffers now.
  void describe(const OpenFile& file, EventSource& source);
  void open_buffers(OpenFile& file);
  OpenOptions open_options_for(const Parameters& parameters);

  front::Run& run_;
  const ShellOptions& options_;
  bool interactive_;
  present::TableOutput output_;
  ShowResources resources_;
  std::shared_ptr<MapPool> pool_;
  EventStore events_;
  std::list<OpenFile> files_;
  std::unique_ptr<TracePipe> trace_;
  std::vector<std::pair<const Link*, int>> numbers_;
  int last_number_ = 0;
  std::optional<RunStatistics> statistics_;
  Ledger closed_;  ///< of files that were unloaded
  std::vector<std::string> recorded_;
  std::optional<std::string> recorded_as_;
  bool ended_ = false;
};

}  // namespace sonda::shell
