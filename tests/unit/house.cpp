// The folders of src/ stand on one another as the table in docs/architecture.md says: nothing includes what is above
// it, and no command includes another.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/file_text.h"
#include "support/paths.h"

namespace fs = std::filesystem;

namespace {

/// The rows of the table, from the ground up: "base", "source", ... A row "cli/*" stands for each folder in cli.
std::vector<std::string> storeys() {
  std::ifstream page(sonda::test::in_source("docs/architecture.md"));
  std::vector<std::string> rows;
  const std::string start = "| `src/";
  for (std::string line; std::getline(page, line);)
    if (line.starts_with(start)) rows.push_back(line.substr(start.size(), line.find('`', start.size()) - start.size()));
  return rows;
}

std::vector<std::string> included(const fs::path& file) {
  std::ifstream text(file);
  std::vector<std::string> names;
  const std::string start = "#include \"";
  for (std::string line; std::getline(text, line);)
    if (line.starts_with(start)) names.push_back(line.substr(start.size(), line.rfind('"') - start.size()));
  return names;
}

struct Place {
  std::size_t storey = 0;
  std::string flat;  ///< the folder, where a storey has several that do not know each other
};

class House {
 public:
  House() : storeys_(storeys()), root_(sonda::test::in_source("src")) {
    for (const auto& entry : fs::recursive_directory_iterator(root_))
      if (const auto kind = entry.path().extension(); kind == ".cpp" || kind == ".h") files_.push_back(entry.path());
    std::ranges::sort(files_);
  }

  const std::vector<fs::path>& files() const { return files_; }
  std::string name(const fs::path& file) const { return file.lexically_relative(root_).string(); }

  /// Nothing for a file that no row of the table speaks of.
  std::optional<Place> place(const std::string& name) const {
    std::optional<Place> best;
    std::size_t longest = 0;
    for (std::size_t i = 0; i < storeys_.size(); ++i) {
      const bool several = storeys_[i].ends_with("/*");
      const auto folder = storeys_[i].substr(0, storeys_[i].size() - (several ? 1 : 0)) + (several ? "" : "/");
      if (!name.starts_with(folder) || folder.size() <= longest) continue;
      longest = folder.size();
      best = Place{i, several ? name.substr(0, name.find('/', folder.size())) : std::string()};
    }
    return best;
  }

  /// Whose the public header is: of the lowest folder that has a source of its own for it; a header without one stands
  /// as high as what it includes.
  Place owner(const std::string& header) {
    if (const auto known = owners_.find(header); known != owners_.end()) return known->second;
    std::optional<Place> lowest;
    for (const auto& file : files_) {
      const auto all = included(file);
      if (file.extension() != ".cpp" || all.empty() || all.front() != header) continue;
      const auto here = place(name(file));
      if (here && (!lowest || here->storey < lowest->storey) && file.stem() == fs::path(header).stem()) lowest = here;
    }
    Place found = lowest.value_or(Place{});
    if (!lowest)
      for (const auto& below : included(sonda::test::in_source("include") / header))
        if (const auto its = owner(below); its.storey > found.storey) found = its;
    return owners_[header] = found;
  }

  std::optional<Place> place_of_included(const std::string& name) {
    return name.starts_with("sonda/") ? owner(name) : place(name);
  }
  const std::string& storey(std::size_t number) const { return storeys_[number]; }

 private:
  std::vector<std::string> storeys_;
  fs::path root_;
  std::vector<fs::path> files_;
  std::map<std::string, Place> owners_;
};

/// Empty if `from` may include `to`.
std::string objection(const House& house, const Place& from, const Place& to) {
  if (to.storey > from.storey) return house.storey(to.storey) + " is above " + house.storey(from.storey);
  if (!from.flat.empty() && !to.flat.empty() && to.flat != from.flat) return to.flat + " is beside " + from.flat;
  return {};
}

}  // namespace

TEST_CASE("each folder is in the table of docs/architecture.md") {
  House house;
  REQUIRE(house.files().size() > 500);
  std::string strangers;
  for (const auto& file : house.files())
    if (!house.place(house.name(file))) strangers += house.name(file) + '\n';
  CHECK(strangers == "");
}

TEST_CASE("no include runs up, and no command includes another") {
  House house;
  std::string wrong;
  std::size_t looked_at = 0;
  const auto look = [&](const std::string& name, const Place& from, const fs::path& file) {
    for (const auto& included : included(file)) {
      const auto to = house.place_of_included(included);
      if (!to) continue;  // made by the build
      ++looked_at;
      if (const auto why = objection(house, from, *to); !why.empty())
        wrong += name + ": " + included + ": " + why + '\n';
    }
  };
  for (const auto& file : house.files())
    if (const auto from = house.place(house.name(file))) look(house.name(file), *from, file);
  for (const auto& header : fs::directory_iterator(sonda::test::in_source("include/sonda"))) {
    const auto name = "sonda/" + header.path().filename().string();
    look(name, house.owner(name), header.path());
  }
  CHECK(looked_at > 1500);
  CHECK(wrong == "");
}

TEST_CASE("what the test of the includes objects to") {
  House house;
  const auto why = [&](const std::string& from, const std::string& to) {
    return objection(house, *house.place(from), *house.place_of_included(to));
  };
  CHECK(why("read/table.cpp", "runtime/load_program.h") == "runtime is above read");
  CHECK(why("source/x.cpp", "sonda/probe.h") == "runtime is above source");
  CHECK(why("cli/shell/x.cpp", "cli/run/options.h") == "cli/run is beside cli/shell");
  CHECK(why("tools/cdsnoop/x.cpp", "cli/run/options.h") == "cli/* is above tools/*");
  CHECK(why("cli/shell/x.cpp", "tools/cdsnoop/options.h") == "tools/cdsnoop is beside cli/shell");
  CHECK(why("cli/main.cpp", "cli/run/options.h") == "cli/run is beside cli/main.cpp");
  CHECK(why("program/main.cpp", "cli/run/options.h") == "");
  CHECK(why("runtime/x.cpp", "read/batch.h") == "");
}
