// sonda, run on probes that the test writes.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "support/scratch.h"
#include "support/started_tool.h"
#include "support/target_process.h"

namespace sonda::test {

/// A folder for probes, which root may trust.
class Probes {
 public:
  /// Writes a probe; its path.
  std::string write(const std::string& name, std::string_view text) const { return folder_.write(name, text).string(); }
  std::filesystem::path path() const { return folder_.path(); }

 private:
  ScratchFolder folder_;
};

/// The whole of `sonda ARGUMENTS...`.
inline ToolEnd sonda_program(const std::vector<std::string>& arguments) {
  StartedTool tool("sonda", arguments, {});
  return tool.wait();
}

/// The lines of standard output that are objects of that type.
inline std::vector<nlohmann::json> objects(const ToolEnd& end, const std::string& type) {
  std::vector<nlohmann::json> result;
  std::string_view rest = end.out;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    auto object = nlohmann::json::parse(line, nullptr, false);
    if (object.is_object() && object.value("type", "") == type) result.push_back(std::move(object));
  }
  return result;
}

inline bool contains(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

/// "uprobe:.../calls:target_first", to be called as often as a test likes.
inline std::string first_of_calls() { return "uprobe:" + target("calls").string() + ":target_first"; }

/// The command line that makes `count` calls of it, to follow the options of `sonda run`.
inline std::vector<std::string> with_calls(std::vector<std::string> arguments, int count) {
  for (const auto& word : {std::string("--"), target("calls").string(), std::string("--first"), std::to_string(count)})
    arguments.push_back(word);
  return arguments;
}

/// A function of a probe, attached there.
inline std::string attached(const std::string& point, const std::string& function) {
  return "// @attach " + point + "\n" + function;
}

/// The value that a run shows under a number in a map; 0 if there is none.
inline std::uint64_t value_in(const ToolEnd& end, const std::string& map, std::uint64_t key) {
  for (const auto& entry : objects(end, "entry"))
    if (entry.at("map") == map && entry.at("key") == key) return entry.at("value").get<std::uint64_t>();
  return 0;
}

}  // namespace sonda::test
