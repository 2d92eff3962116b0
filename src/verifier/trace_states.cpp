#include <algorithm>
#include <charconv>
#include <string>

#include "base/text.h"
#include "verifier/trace.h"

namespace sonda {
namespace {

/// The end of a word that begins at `at`: at a blank that no bracket is around.
std::size_t end_of_word(std::string_view text, std::size_t at) {
  int depth = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '(') ++depth;
    if (text[at] == ')' && depth > 0) --depth;
    if (text[at] == ' ' && depth == 0) break;
  }
  return at;
}

/// "R1", "fp-16" without the marks behind them; nothing if `name` is neither.
std::string_view place_in(std::string_view name) {
  const std::size_t prefix = name.starts_with("fp-") ? 3 : name.starts_with('R') ? 1 : 0;
  auto end = prefix;
  while (end < name.size() && is_digit(name[end])) ++end;
  if (prefix == 0 || end == prefix || (end < name.size() && name[end] != '_')) return {};
  return name.substr(0, end);
}

std::string_view without_frame(std::string_view text, std::uint32_t& frame) {
  constexpr std::string_view word = "frame";
  text = trim(text);
  if (!text.starts_with(word)) return text;
  const auto number = text.substr(word.size());
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc() || end == number.data() + number.size() || *end != ':' || value > 7) return text;
  frame = value;
  return number.substr(static_cast<std::size_t>(end - number.data()) + 1);
}

bool is_register(std::string_view place) { return place.starts_with('R'); }

void merge(std::vector<PlaceState>& known, std::string_view text) {
  for (const auto& state : read_states(text)) {
    const auto found = std::ranges::find(known, state.place, &PlaceState::place);
    if (found != known.end())
      found->state = state.state;
    else if (is_register(state.place))
      known.insert(std::ranges::find_if_not(known, is_register, &PlaceState::place), state);
    else
      known.push_back(state);
  }
}

void forget(std::vector<PlaceState>& known, std::string_view place) {
  std::erase_if(known, [&](const PlaceState& state) { return state.place == place; });
}

/// The register that an instruction sets: its text begins with it. Stores, jumps and calls set none of those.
std::string_view set_register(const TraceStep& step) {
  if (step.opcode.empty() || step.text.size() < 2 || (step.text[0] != 'r' && step.text[0] != 'w')) return {};
  const auto digit = step.opcode.back();
  const auto instruction_class = (is_digit(digit) ? digit - '0' : digit - 'a' + 10) & 7;
  constexpr int load = 0, load_from = 1, arithmetic_32 = 4, arithmetic_64 = 7;
  if (instruction_class != load && instruction_class != load_from && instruction_class != arithmetic_32 &&
      instruction_class != arithmetic_64)
    return {};
  auto end = std::size_t{1};
  while (end < step.text.size() && is_digit(step.text[end])) ++end;
  return step.text.substr(1, end - 1);
}

/// Takes out what the step changed, for the case that the verifier does not spell it.
void forget_changed(std::vector<PlaceState>& known, const TraceStep& step) {
  std::string name = "R";
  if (step.opcode == "85") {
    for (const char number : {'0', '1', '2', '3', '4', '5'}) forget(known, name + number);
  } else if (const auto number = set_register(step); !number.empty()) {
    forget(known, name.append(number));
  }
}

/// A check for NULL is spelled for the register that was checked; the same pointer in other places was checked with it.
void spread(std::vector<PlaceState>& known, const std::vector<PlaceState>& before) {
  for (const auto& old : before) {
    if (old.state.find("_or_null(id=") == std::string_view::npos) continue;
    const auto now = state_of(known, old.place);
    if (!now || *now == old.state || now->find("_or_null") != std::string_view::npos) continue;
    for (auto& other : known)
      if (other.state == old.state) other.state = *now;
  }
}

}  // namespace

std::uint32_t frame_of_states(std::string_view text) {
  std::uint32_t frame = 0;
  without_frame(text, frame);
  return frame;
}

std::vector<PlaceState> read_states(std::string_view text) {
  std::vector<PlaceState> result;
  std::uint32_t frame = 0;
  text = without_frame(text, frame);
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == ' ') {
      ++at;
      continue;
    }
    const auto end = end_of_word(text, at);
    const auto word = text.substr(at, end - at);
    at = end;
    const auto equals = word.find('=');
    if (equals == std::string_view::npos || equals + 1 == word.size()) continue;  // "R2=" says nothing
    if (const auto place = place_in(word.substr(0, equals)); !place.empty())
      result.push_back({place, word.substr(equals + 1)});
  }
  return result;
}

std::optional<std::string_view> state_of(const std::vector<PlaceState>& states, std::string_view place) {
  const auto found = std::ranges::find(states, place, &PlaceState::place);
  if (found == states.end()) return std::nullopt;
  return found->state;
}

const std::vector<PlaceState>& TraceStates::before(std::size_t step) {
  go_to(step);
  return frame(trace_.steps.at(step).frame);
}

const std::vector<PlaceState>& TraceStates::after(std::size_t step) {
  go_to(step);
  leave(step);
  after_ = true;
  return frame(trace_.steps[step].frame);
}

TraceStates::Frame& TraceStates::frame(std::uint32_t number) {
  if (frames_.size() <= number) frames_.resize(number + 1);
  return frames_[number];
}

void TraceStates::go_to(std::size_t step) {
  if (at_ == step && !after_) return;
  const auto previous = trace_.steps.at(step).previous;
  if (at_ && previous == static_cast<std::int32_t>(*at_)) {
    if (!after_) leave(*at_);
    enter(step);
    return;
  }
  // From the last step that shows all there is to know, or from the beginning.
  std::vector<std::size_t> way{step};
  while (true) {
    const auto& first = trace_.steps[way.back()];
    if (first.previous == TraceStep::none || (first.came_by_jump && first.frame == 0 && !first.before.empty())) break;
    way.push_back(static_cast<std::size_t>(first.previous));
  }
  frames_.clear();
  for (auto at = way.rbegin(); at != way.rend(); ++at) {
    enter(*at);
    if (*at != step) leave(*at);
  }
}

void TraceStates::enter(std::size_t step) {
  const auto& now = trace_.steps[step];
  auto& known = frame(now.frame);
  if (now.previous != TraceStep::none && trace_.steps[static_cast<std::size_t>(now.previous)].frame < now.frame)
    known.clear();  // a new frame
  if (now.came_by_jump && !now.before.empty()) known.clear();
  merge(known, now.before);
  at_ = step;
  after_ = false;
}

void TraceStates::leave(std::size_t step) {
  const auto& now = trace_.steps[step];
  auto& known = frame(now.frame);
  if (now.after_is_all) {
    known.clear();
    return merge(known, now.after);
  }
  const bool is_check = now.text.starts_with("if ");
  const auto before = is_check ? known : Frame();
  forget_changed(known, now);
  merge(known, now.after);
  if (is_check) spread(known, before);
}

}  // namespace sonda
