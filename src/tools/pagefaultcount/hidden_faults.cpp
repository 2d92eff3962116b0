#include "tools/pagefaultcount/hidden_faults.h"

#include <array>

#include "base/files.h"
#include "base/text.h"

namespace sonda::pagefaultcount {

std::optional<Faults> faults_in_stat(std::string_view text) {
  const auto name_end = text.rfind(')');  // a name may have blanks and brackets of its own
  if (name_end == text.npos) return std::nullopt;
  // Behind the name: state, ppid, pgrp, session, tty_nr, tpgid, flags, minflt, cminflt, majflt.
  constexpr std::size_t minor = 7, major = 9;
  std::array<std::string_view, major + 1> fields{};
  auto rest = trim(text.substr(name_end + 1));
  for (auto& field : fields) {
    const auto end = rest.find(' ');
    field = rest.substr(0, end);
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
  }
  const auto min = parse_u64(fields[minor]), maj = parse_u64(fields[major]);
  if (!min || !maj) return std::nullopt;
  return Faults{*min, *maj};
}

std::optional<Faults> FirstProcess::now() {
  const auto text = try_read_file("/proc/1/stat");
  return text ? faults_in_stat(*text) : std::nullopt;
}

Faults FirstProcess::so_far() const {
  const auto after = now();
  if (!before_ || !after) return {};
  return {after->min - before_->min, after->maj - before_->maj};
}

}  // namespace sonda::pagefaultcount
