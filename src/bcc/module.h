// One module of BCC's Python: a text that was compiled, and what of it is in the kernel.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bcc/stand_in.h"
#include "sonda/loaded_image.h"

namespace sonda::bcc {

/// How a module is to be made; BCC's arguments of the same names.
struct ModuleOptions {
  std::uint32_t debug = 0;
  std::vector<std::string> cflags;
  StandIn* instead = nullptr;  ///< what takes it all in the kernel's place; outlives the module
};

/// The name of the text in messages and its lines in the script that it came from.
struct Origin {
  std::string name;
  std::vector<std::uint32_t> lines;  ///< see lines_in_script(); empty: the text is the file
};

/// One thread at a time. What functions hand out lives as long as the module.
class Module {
 public:
  /// Compiles the text, out of the cache where it is known, and makes its maps. Warnings, and what `debug` asks for, go
  /// to the standard error. Throws Error.
  Module(Origin origin, std::string text, const ModuleOptions& options);
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  /// Says on the standard error what failed calls of the programs lost.
  ~Module();

  const Image& image() const noexcept { return loaded_->image(); }
  /// Null if there is no such function. With the descriptors of the maps.
  const std::vector<bpf_insn>* instructions(std::string_view function) const noexcept;
  /// Of all tables, those of variables behind the others.
  const std::vector<std::shared_ptr<Map>>& tables() const noexcept { return loaded_->maps(); }
  std::optional<std::size_t> table(std::string_view name) const noexcept;
  /// "FIELD#TYPE" for each field of what a ring or perf buffer carries; empty if nothing tells it.
  const std::vector<std::string>& event_fields(std::string_view table) const noexcept;

  /// Loads a function; with a `log_level` above 0 the verifier's steps go to the standard error. The descriptor is the
  /// caller's. Throws as LoadedImage::program() does.
  int load(std::string_view function, const ProgramKind& kind, int log_level);

  /// On the standard error, with the script's lines in place of the text's.
  static void say(const Origin& origin, std::string_view message);
  const Origin& origin() const noexcept { return origin_; }

 private:
  Origin origin_;
  StandIn* instead_;
  std::unique_ptr<LoadedImage> loaded_;
  std::map<std::string, std::vector<bpf_insn>, std::less<>> instructions_;
  std::map<std::string, std::vector<std::string>, std::less<>> event_fields_;
};

}  // namespace sonda::bcc
