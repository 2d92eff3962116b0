// map: an entry, all of them, how large they are, again and again.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/shell/commands.h"
#include "front/options.h"
#include "present/histogram_report.h"
#include "present/map_kinds.h"
#include "present/map_report.h"
#include "read/map_types.h"
#include "sonda/table.h"

namespace sonda::shell {
namespace {

/// One `map NAME ...`.
class MapCommand {
 public:
  MapCommand(Workspace& workspace, Arguments& arguments)
      : workspace_(workspace), arguments_(arguments), found_(workspace.map(arguments.word("a map"))) {}

  void run() {
    if (is_buffer(spec()))
      throw arguments_.error(spec().name, "it is a buffer: it has events, not entries",
                             "events " + spec().name + " shows them");
    if (arguments_.empty()) return show({.top = rows_that_fit(), .sort = {}});
    for (const auto& [word, body] : verbs)
      if (arguments_.take(word)) return (this->*body)();
    const auto word = arguments_.word("");
    std::vector<std::string> names;
    for (const auto& [name, body] : verbs) names.emplace_back(name);
    throw arguments_.error(word, "a map cannot do that", did_you_mean(word, names, "there are: " + join(names, ", ")));
  }

 private:
  struct Verb {
    std::string_view word;
    void (MapCommand::*body)();
  };
  static const std::array<Verb, 9> verbs;

  const Map& map() const { return found_.map; }
  const MapSpec& spec() const { return found_.map.spec(); }
  const ProbeSource& source() const { return found_.file.probe.source(); }
  const LoadedImage& loaded() const { return found_.file.probe.loaded(); }
  Table table() const { return Table(map()); }

  TypedAs typed(const Schema& schema, const std::string& part) {
    auto& resources = workspace_.resources();
    return present::typed_as({schema, spec().name, part, source(), loaded(), resources}, resources);
  }

  std::optional<std::uint64_t> rows_that_fit() const {
    const auto& to = workspace_.run().output();
    if (!to.is_terminal() || workspace_.json()) return std::nullopt;
    constexpr std::size_t other_lines = 5;
    const auto rows = to.size().rows;
    return rows > 2 * other_lines ? rows - other_lines : other_lines;
  }

  /// One that says so if no rows are to be had.
  void show(const present::MapView& view) {
    auto& output = workspace_.output();
    output.forget_table();
    if (present::is_queue(spec()))
      return present::print_queue(map(), source(), loaded(), workspace_.resources(), output, false);
    if (!present::is_shown(spec()))
      throw Error(Stage::read, spec().name,
                  fmt::format("a map of type {} has no entries to show", map_type_name(spec().type)))
          .with_exit(Exit::usage);
    if (present::has_variables(spec()))
      return present::print_variables(map(), source(), loaded(), workspace_.resources(), output);
    if (present::is_histogram(spec()) && view.sort.empty() && !by_rows_)
      return void(present::print_histogram(map(), source(), loaded(), workspace_.resources(), output, {}));
    present::MapReport report(map(), source(), loaded(), workspace_.resources(), output, view);
    if (!view.sort.empty() && !report.find_column(view.sort)) {
      const auto names = report.column_names();
      throw arguments_.error(view.sort, "there is no such column",
                             did_you_mean(view.sort, names, "there are: " + join(names, ", ")));
    }
    report.print();
  }

  void all() {
    arguments_.require_end();
    by_rows_ = true;
    show({});
  }

  void top() {
    present::MapView view{.top = 10, .sort = {}};
    if (!arguments_.empty() && is_digit(arguments_.rest()[0])) {
      const auto number = arguments_.word("");
      view.top = parse_u64(number);
      if (!view.top || *view.top == 0) throw arguments_.error(number, "expected a number of rows, at least 1");
    }
    if (arguments_.take("by")) view.sort = arguments_.word("a column");
    arguments_.require_end();
    by_rows_ = true;
    show(view);
  }

  void hist() {
    const auto column = arguments_.try_word();
    arguments_.require_end();
    workspace_.output().forget_table();
    if (!column && present::is_histogram(spec()))
      return void(present::print_histogram(map(), source(), loaded(), workspace_.resources(), workspace_.output(), {}));
    print_value_histogram(map(), column.value_or(""), workspace_.output());
  }

  std::vector<std::byte> key() {
    if (arguments_.empty()) throw arguments_.error(spec().name, "the key is missing");
    const auto as = typed(spec().key, "key");
    return parse_value(arguments_.take_rest(), spec().key, as);
  }

  Error not_there(std::string_view typed) const {
    return Error(Stage::read, fmt::format("{}: {}", spec().name, typed), "there is no such entry");
  }

  /// One variable, by its name: `map .data set calls 5`.
  const Field& variable(const std::string& name) const {
    const auto& fields = spec().value.types.front().fields;
    const auto found = std::ranges::find(fields, name, &Field::name);
    if (found != fields.end()) return *found;
    std::vector<std::string> names;
    for (const auto& field : fields) names.push_back(field.name);
    throw arguments_.error(name, "there is no such variable",
                           did_you_mean(name, names, "there are: " + join(names, ", ")));
  }

  void set_variable() {
    if (spec().holds == Holds::constants)
      throw arguments_.error(spec().name, "constants cannot be set",
                             "leave out const in the source, and load it again");
    const auto& field = variable(arguments_.word("a variable"));
    const auto text = arguments_.take_rest();
    if (text.empty()) throw arguments_.error(field.name, "the value is missing");
    const auto bytes = parse_value(text, part_of(spec().value, field.type), {});
    const auto zero = std::uint32_t{0};
    auto all = table().find_bytes(object_bytes(zero)).value();
    std::ranges::copy(bytes, all.begin() + field.bit_offset / 8);
    table().update_bytes(object_bytes(zero), all);
    show({});
  }

  void get() {
    const auto text = std::string(arguments_.rest());
    const auto bytes = key();
    if (!table().find_bytes(bytes)) throw not_there(text);
    show_entry(bytes);
  }

  /// The entry as a table of one row.
  void show_entry(std::span<const std::byte> bytes) {
    const present::MapView view;
    workspace_.output().forget_table();
    present::MapReport(map(), source(), loaded(), workspace_.resources(), workspace_.output(), view).print_entry(bytes);
  }

  void set() {
    if (arguments_.empty())
      throw arguments_.error(spec().name, present::has_variables(spec()) ? "a variable and its value are missing"
                                                                         : "key and value are missing");
    if (present::has_variables(spec())) return set_variable();
    const auto key_as = typed(spec().key, "key"), value_as = typed(spec().value, "value");
    std::vector<std::byte> bytes;
    if (spec().key_size != 0) bytes = parse_value(arguments_.cursor(), spec().key, key_as);
    const auto text = arguments_.take_rest();
    if (text.empty()) throw arguments_.error(spec().name, "the value is missing");
    const auto value = is_per_cpu(spec().type)
                           ? parse_cpu_values(text, spec().value, value_count(spec()), value_stride(spec()), value_as)
                           : parse_value(text, spec().value, value_as);
    if (present::is_queue(spec())) {
      table().push_bytes(value);
      return show({});
    }
    table().update_bytes(bytes, value);
    show_entry(bytes);
  }

  void remove() {
    const auto text = std::string(arguments_.rest());
    if (!table().erase_bytes(key())) throw not_there(text);
    workspace_.say(fmt::format("{}: removed", spec().name),
                   {{"type", "removed"}, {"map", spec().name}, {"entries", 1}});
  }

  void reset_variables() {
    const auto zero = std::uint32_t{0};
    if (spec().holds == Holds::variables) table().update_bytes(object_bytes(zero), spec().initial);
    workspace_.say(fmt::format("{}: as at first", spec().name), {{"type", "reset"}, {"map", spec().name}});
  }

  void clear() {
    arguments_.require_end();
    if (spec().holds != Holds::entries) return reset_variables();
    const auto before = table().snapshot().size();
    table().clear();
    const bool zeroed = is_array(spec().type);
    workspace_.say(fmt::format("{}: {} {} {}", spec().name, before, before == 1 ? "entry" : "entries",
                               zeroed ? "set to zero" : "removed"),
                   {{"type", "removed"}, {"map", spec().name}, {"entries", before}});
  }

  void watch() {
    std::chrono::nanoseconds every = std::chrono::seconds(1);
    if (const auto seconds = arguments_.try_word()) every = front::parse_seconds("watch", *seconds);
    std::optional<std::uint64_t> times;
    if (const auto text = arguments_.try_word()) times = front::parse_count("watch", *text, 1);
    arguments_.require_end();
    front::EventLoop loop(&workspace_.run().output());
    std::uint64_t shown = 0;
    const auto show_now = [&] {
      show({.top = rows_that_fit(), .sort = {}});
      if (times && ++shown >= *times) loop.end();
    };
    loop.every(std::max<std::chrono::nanoseconds>(every, std::chrono::milliseconds(10)), show_now);
    workspace_.feed(loop);
    show_now();
    if (loop.run() == front::Ended::as_asked) return;
    workspace_.record_as(fmt::format("map {}", spec().name));
  }

  Workspace& workspace_;
  Arguments& arguments_;
  FoundMap found_;
  bool by_rows_ = false;  ///< also a histogram
};

const std::array<MapCommand::Verb, 9> MapCommand::verbs{{{"all", &MapCommand::all},
                                                         {"top", &MapCommand::top},
                                                         {"hist", &MapCommand::hist},
                                                         {"get", &MapCommand::get},
                                                         {"set", &MapCommand::set},
                                                         {"delete", &MapCommand::remove},
                                                         {"clear", &MapCommand::clear},
                                                         {"watch", &MapCommand::watch},
                                                         {"show", &MapCommand::all}}};

}  // namespace

void map_command(Workspace& workspace, Arguments& arguments) { MapCommand(workspace, arguments).run(); }

}  // namespace sonda::shell
