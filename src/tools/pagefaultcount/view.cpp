#include "tools/pagefaultcount/view.h"

#include <fmt/format.h>

#include <algorithm>

#include "front/ledger_report.h"

namespace sonda::pagefaultcount {
namespace {

using report::Cell;
using report::Column;

// The widths are the report's.
std::vector<Column> columns_for(const Settings& settings) {
  const auto by = settings.by;
  const bool task = by == Grouping::task, process = by == Grouping::process;
  std::vector<Column> columns{{.header = {}, .key = "type", .in = report::json_only}};
  if (settings.interval) columns.push_back({.header = {}, .key = "snapshot", .in = report::data_only});
  if (task || process) columns.push_back({.header = "PID", .key = "pid", .width = 8});
  if (task) columns.push_back({.header = {}, .key = "tgid", .in = report::data_only});
  if (task || process || by == Grouping::name) columns.push_back({.header = "NAME", .key = "name", .width = 20});
  if (task || by == Grouping::cpu) columns.push_back({.header = "CPU", .key = "cpu", .width = 12});
  columns.push_back({.header = "MIN_FLT", .key = "min_flt", .width = 12});
  columns.push_back({.header = "MAJ_FLT", .key = "maj_flt", .width = 12});
  return columns;
}

template <class T>
Cell cell(const std::optional<T>& value) {
  if (!value) return {};
  if constexpr (std::is_integral_v<T>)
    return std::uint64_t{*value};
  else
    return *value;
}

Cell cell_for(const Column& column, const Group& group, std::uint64_t interval, bool estimate) {
  const auto& key = column.key;
  if (key == "type") return std::string(estimate ? "estimate" : "row");
  if (key == "snapshot") return interval;
  if (key == "pid") return cell(group.pid);
  if (key == "tgid") return cell(group.tgid);
  if (key == "name") return cell(group.name);
  if (key == "cpu") return cell(group.cpu);
  return key == "min_flt" ? group.faults.min : group.faults.maj;
}

std::string words(const Faults& faults) { return fmt::format("{} minor, {} major", faults.min, faults.maj); }

std::int64_t difference(std::uint64_t kernel, std::uint64_t counted) {
  return static_cast<std::int64_t>(kernel - counted);
}

std::string verdict(const Total& total, const Settings& settings) {
  if (total.estimate) return "the rows are estimates, no count";
  if (total.agrees()) return "they agree";
  const auto counted = total.counted();
  auto text = fmt::format("they differ by {} minor, {} major", difference(total.kernel.min, counted.min),
                          difference(total.kernel.maj, counted.maj));
  if (total.hides_first_process())
    text +=
        fmt::format("; process 1, which this kernel hides from BPF, had {} (/proc/1/stat)", words(total.first_process));
  else if (settings.period.value_or(1) > 1)
    text += fmt::format(" (with --period {} what is left over is not seen)", *settings.period);
  return text;
}

std::uint64_t entries_of(const Settings& settings) { return settings.max_entries.value_or(16384); }

void append(report::Fields& fields, const std::string& name, const Faults& faults) {
  fields.emplace_back(name + "min_flt", faults.min);
  fields.emplace_back(name + "maj_flt", faults.maj);
}

report::Fields fields_of(const Total& total) {
  report::Fields fields{{"type", std::string("total")},
                        {"seconds", std::chrono::duration<double>(total.ran).count()},
                        {"estimate", total.estimate},
                        {"rows", total.groups}};
  append(fields, "", total.rows);
  append(fields, "filtered_", total.filtered_out);
  append(fields, "refused_", total.refused);
  append(fields, "kernel_", total.kernel);
  const auto counted = total.counted();
  fields.emplace_back("difference_min_flt", difference(total.kernel.min, counted.min));
  fields.emplace_back("difference_maj_flt", difference(total.kernel.maj, counted.maj));
  return fields;
}

}  // namespace

std::string seconds_text(std::chrono::nanoseconds duration) {
  return fmt::format("{}", std::chrono::duration<double>(duration).count());
}

std::vector<std::string> describe(const Total& total, const Settings& settings) {
  std::vector<std::string> lines;
  if (settings.top && !settings.interval && total.groups > *settings.top)
    lines.push_back(fmt::format("{} more rows are not shown", total.groups - *settings.top));
  lines.push_back(fmt::format("total: {}{}", words(total.rows), total.estimate ? " (estimated)" : ""));
  if (total.filtered_out.all() != 0) lines.push_back("filtered out: " + words(total.filtered_out));
  if (total.refused.all() != 0)
    lines.push_back(fmt::format("in no row, the map was full: {} (give more than --max-entries {})",
                                words(total.refused), entries_of(settings)));
  lines.push_back(fmt::format("the kernel's own count: {}; {}", words(total.kernel), verdict(total, settings)));
  return lines;
}

View::View(report::Output& output, const Settings& settings)
    : settings_(&settings), writer_(output, settings.format, columns_for(settings)) {}

void View::opening_line() {
  writer_.line(fmt::format("Running for {} seconds or hit Ctrl-C to end.", seconds_text(settings_->runs_for())));
  if (settings_->estimates())
    writer_.line("Sampling by frequency: all figures are estimates.", report::Emphasis::warning);
  if (settings_->format == report::Format::csv) writer_.header();
}

void View::interval(const Summary& summary, std::uint64_t number, std::chrono::nanoseconds at) {
  writer_.line(fmt::format("\nafter {:.3f} s:", std::chrono::duration<double>(at).count()));
  rows(summary, number);
}

void View::rows(const Summary& summary, std::uint64_t interval) {
  writer_.header();
  const auto all = summary.groups.size();
  const auto count = std::min<std::uint64_t>(settings_->top.value_or(all), all);
  std::vector<Cell> cells(writer_.columns().size());
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t c = 0; c < cells.size(); ++c)
      cells[c] = cell_for(writer_.columns()[c], summary.groups[i], interval, settings_->estimates());
    writer_.row(cells);
  }
}

void View::total(const Total& total) {
  if (total.refused.all() != 0)
    writer_.object(front::loss_object("faults", total.refused.all(), "tasks",
                                      fmt::format("full at {} entries", entries_of(*settings_))));
  writer_.object(fields_of(total));
  const auto emphasis = total.estimate || total.agrees() ? report::Emphasis::none : report::Emphasis::warning;
  for (const auto& line : describe(total, *settings_)) writer_.line(line, emphasis);
}

}  // namespace sonda::pagefaultcount
