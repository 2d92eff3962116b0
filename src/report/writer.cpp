#include "report/writer.h"

#include <stdexcept>
#include <string>

#include "report/format.h"

namespace sonda::report {
namespace {

constexpr std::string_view bold = "1", yellow = "33";

std::string styled(std::string line, std::string_view style) {
  const bool ended = line.ends_with('\n');
  if (ended) line.pop_back();
  return "\x1b[" + std::string(style) + "m" + line + "\x1b[0m" + (ended ? "\n" : "");
}

}  // namespace

void Writer::header() {
  if (format_ == Format::text) {
    auto line = text_header(columns_);
    output_->write(output_->colours() ? styled(std::move(line), bold) : line);
  } else if (format_ == Format::csv && !header_done_) {
    output_->write(csv_header(columns_));
  }
  header_done_ = true;
}

void Writer::row(std::span<const Cell> cells, Emphasis emphasis) {
  if (cells.size() != columns_.size()) throw std::logic_error("a row must have one cell for each column");
  if (!header_done_) header();
  if (format_ == Format::text) {
    auto line = text_row(columns_, cells);
    output_->write(emphasis == Emphasis::warning && output_->colours() ? styled(std::move(line), yellow) : line);
  } else if (format_ == Format::json) {
    output_->object(json_row(columns_, cells));
  } else {
    output_->write(csv_row(columns_, cells, output_->is_terminal()));
  }
  ++rows_;
}

void Writer::line(std::string_view text, Emphasis emphasis) {
  if (format_ != Format::text) return;
  auto line = std::string(text) + '\n';
  output_->write(emphasis == Emphasis::warning && output_->colours() ? styled(std::move(line), yellow) : line);
}

void Writer::object(const Fields& fields) {
  if (format_ == Format::json) output_->object(json_object(fields));
}

}  // namespace sonda::report
