// Notes what a tool of BCC's asks of the kernel, and gives it answers by which it goes on.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "bcc/stand_in.h"
#include "sonda/attach_point.h"

namespace sonda::bcc {

/// What it notes goes, a line each, to the descriptor that SONDA_RECORD names; without one it goes nowhere. Descriptors
/// that it hands out are of /dev/null. Any thread.
class Recorder final : public StandIn {
 public:
  Recorder();

  std::unique_ptr<LoadedImage> take(Image image, const std::vector<std::string>& cflags) override;
  int load(const LoadedImage& taken, std::string_view function, const ProgramKind& kind) override;

  /// The program of that descriptor, attached there. A descriptor for it, the caller's; -1 if it is no program's.
  int attach(int program, const AttachPoint& point);
  /// A function of the text that came last.
  void attach_function(const std::string& function, const AttachPoint& point);
  /// One whose name says where it belongs.
  int attach_by_name(int program);
  /// What a program is attached to in a way that no point stands for.
  int attach_otherwise(int program, const std::string& what);

  /// Notes an entry of a map. Zeros in an array are none.
  void update(int map, const void* key, const void* value);
  /// The map's specification; null if the descriptor is none of a map's.
  const MapSpec* map(int descriptor) const noexcept;
  /// Notes what is asked of a map otherwise.
  void note_map(int descriptor, std::string_view what);

  /// Where a symbol was found, for uprobes that come by offset.
  void found(const std::string& file, std::uint64_t offset, const std::string& symbol);
  /// The symbol there, or the one that begins right before `offset`; else the address.
  Place place_in(const std::string& file, std::uint64_t offset) const;

  /// "/bin/bash" for "/proc/PID/root/bin/bash", as BCC calls files of a process, if both are one file.
  static std::string plain_path(const std::string& file);

  /// To be called when the tool waits: if it has loaded something, this ends the process.
  void waits();
  /// A descriptor that does nothing; the caller's.
  static int harmless_descriptor() noexcept;

 private:
  struct Function {
    std::size_t text = 0;
    std::string name;
  };
  struct Table {
    std::size_t text = 0;
    MapSpec spec;
  };
  void say(const std::vector<std::string>& words);
  const Function* function(int descriptor) const noexcept;

  mutable std::recursive_mutex mutex_;
  int to_ = -1;
  std::size_t texts_ = 0;
  bool loaded_ = false;
  std::map<const LoadedImage*, std::size_t> images_;
  std::map<int, Function> functions_;
  std::map<int, Table> tables_;
  std::map<std::string, std::map<std::uint64_t, std::string>> symbols_;  ///< by file and offset
};

Recorder& recorder();

}  // namespace sonda::bcc
