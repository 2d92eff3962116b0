// Folded stacks and flame graphs, also of names that somebody made to do harm.
#include <cstdio>
#include <random>
#include <regex>

#include "base/escape.h"
#include "base/text.h"
#include "report/flamegraph.h"
#include "support/catch.h"

using namespace sonda;
using namespace sonda::report;

namespace {

CountedStack stack(std::uint64_t count, const std::vector<std::string>& names) {
  CountedStack result{{}, count};
  for (const auto& name : names) result.frames.push_back({name, false});
  return result;
}

const std::vector<CountedStack> small{stack(3, {"app", "main", "work", "hash"}), stack(1, {"app", "main", "idle"}),
                                      stack(2, {"app", "main", "work"}), stack(4, {"sh", "main"}),
                                      stack(5, {"app", "main", "work", "hash"})};

std::size_t occurrences(std::string_view text, std::string_view wanted) {
  std::size_t count = 0;
  for (auto at = text.find(wanted); at != text.npos; at = text.find(wanted, at + 1)) ++count;
  return count;
}

// What a strict reader of XML would say first; empty for a document that is well formed.
class XmlCheck {
 public:
  std::string operator()(std::string_view text) {
    if (to_valid_utf8(text) != text) return "not UTF-8";
    if (!take(text, "<?xml ") || !skip_past(text, "?>")) return "no declaration";
    while (!text.empty()) {
      const auto problem = text.front() == '<' ? markup(text) : characters(text);
      if (!problem.empty()) return problem;
    }
    return open_.empty() && roots_ == 1 ? "" : "elements stay open";
  }

 private:
  static bool take(std::string_view& text, std::string_view start) {
    if (!text.starts_with(start)) return false;
    text.remove_prefix(start.size());
    return true;
  }
  static bool skip_past(std::string_view& text, std::string_view end) {
    const auto at = text.find(end);
    if (at == text.npos) return false;
    text.remove_prefix(at + end.size());
    return true;
  }
  std::string characters(std::string_view& text) {
    const auto part = text.substr(0, text.find('<'));
    text.remove_prefix(part.size());
    return content(part);
  }
  static std::string content(std::string_view part) {
    for (std::size_t i = 0; i < part.size(); ++i) {
      const auto byte = static_cast<unsigned char>(part[i]);
      if (byte < 0x20 && byte != '\n' && byte != '\t') return "a control character";
      if (part.substr(i).starts_with("\xef\xbf\xbe") || part.substr(i).starts_with("\xef\xbf\xbf"))
        return "no character";
      if (byte != '&') continue;
      const auto rest = part.substr(i);
      if (!rest.starts_with("&amp;") && !rest.starts_with("&lt;") && !rest.starts_with("&gt;") &&
          !rest.starts_with("&quot;"))
        return "an unknown entity";
    }
    return {};
  }
  std::string markup(std::string_view& text) {
    if (take(text, "<![CDATA[")) return skip_past(text, "]]>") ? "" : "CDATA stays open";
    const auto end = text.find('>');
    if (end == text.npos) return "a tag stays open";
    const auto tag = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    if (tag.starts_with('/')) {
      if (open_.empty() || open_.back() != tag.substr(1)) return "wrong end " + std::string(tag);
      open_.pop_back();
      return {};
    }
    static const std::regex form("([a-z]+)( [a-zA-Z-]+=\"[^\"<]*\")*/?");
    std::match_results<std::string_view::const_iterator> match;
    if (!std::regex_match(tag.begin(), tag.end(), match, form)) return "odd tag " + std::string(tag);
    if (open_.empty()) ++roots_;
    if (!tag.ends_with('/')) open_.push_back(match[1].str());
    return content(tag);
  }

  std::vector<std::string> open_;
  int roots_ = 0;
};

}  // namespace

TEST_CASE("folded stacks are added up and sorted", "[folded]") {
  CHECK(folded_text(small) == "app;main;idle 1\napp;main;work 2\napp;main;work;hash 8\nsh;main 4\n");
  CHECK(folded_text({}).empty());
}

TEST_CASE("a folded line has one stack whatever the names are", "[folded]") {
  const auto line = folded_line({{{"a;b\nc\x1b", false}, {"", false}, {"do_idle", true}}, 12});
  CHECK(line == "a:b\\nc\\x1b;[unknown];do_idle_[k] 12\n");
}

TEST_CASE("equal frames on equal callers are one", "[flamegraph]") {
  const auto frames = flame_frames(small);
  std::string told;
  for (const auto& frame : frames)
    told += std::to_string(frame.depth) + (frame.frame == nullptr ? "all" : frame.frame->name) + "@" +
            std::to_string(frame.start) + "+" + std::to_string(frame.count) + " ";
  CHECK(told == "0all@0+15 1app@0+11 2main@0+11 3idle@0+1 3work@1+10 4hash@3+8 1sh@11+4 2main@11+4 ");
}

TEST_CASE("a kernel function and a process's function of one name are two", "[flamegraph]") {
  const std::vector<CountedStack> stacks{{{{"read", false}}, 1}, {{{"read", true}}, 1}};
  CHECK(flame_frames(stacks).size() == 3);
}

TEST_CASE("a flame graph is one valid file that asks nobody for anything", "[flamegraph]") {
  const auto svg = flamegraph_svg(small, {.title = "cpu <1> & \"more\"", .subtitle = "11 seconds"});
  CHECK(XmlCheck()(svg).empty());
  CHECK(occurrences(svg, "<g class=\"frame\"") == 8);
  CHECK(svg.find("cpu &lt;1&gt; &amp; &quot;more&quot;") != std::string::npos);
  CHECK(svg.find("<title>hash (8 samples, 53.33 %)</title>") != std::string::npos);
  // The name of the format is the only address in it.
  CHECK(occurrences(svg, "://") == 1);
  for (const auto* word : {"href", "import", "src=", "fetch", "innerHTML", "eval", "url("})
    CHECK(svg.find(word) == std::string::npos);
  CHECK(occurrences(svg, "]]>") == 1);
}

TEST_CASE("hostile names stay text", "[flamegraph]") {
  const std::vector<std::string> names{
      "</title><script>alert(1)</script>", "\" onload=\"alert(1)", "]]>", "&#0;", "a\x01\x1b[31m\xff",
      "\xef\xbf\xbf\xef\xbf\xbe",          "\xe2\x80\xae",         ""};
  const auto svg = flamegraph_svg(std::vector{stack(1, names)}, {.title = names[0], .unit = names[1]});
  CHECK(XmlCheck()(svg).empty());
  CHECK(occurrences(svg, "<script>") == 1);
  CHECK(svg.find("onload=\"alert") == std::string::npos);
  std::mt19937 random(11);
  for (int i = 0; i < 300; ++i) {
    std::string name(1 + random() % 40, ' ');
    for (auto& byte : name) byte = static_cast<char>(random() % 2 == 0 ? random() % 256 : "<>&\"'];:\\"[random() % 9]);
    INFO(escape_for_terminal(name));
    REQUIRE(XmlCheck()(flamegraph_svg(std::vector{stack(1, {name, "f"})})).empty());
  }
}

TEST_CASE("text stays inside its frame", "[flamegraph]") {
  std::vector<CountedStack> stacks{stack(990, {"wide"}), stack(60, {std::string(300, 'x')}), stack(9, {"narrow"})};
  const auto svg = flamegraph_svg(stacks, {.width = 1024});
  static const std::regex box(
      R"re(<rect x="([0-9.]+)" y="[0-9.]+" width="([0-9.]+)"[^>]*><text [^>]*>([^<]*)</text>)re");
  int boxes = 0;
  for (std::sregex_iterator at(svg.begin(), svg.end(), box), end; at != end; ++at, ++boxes) {
    CHECK(std::stod((*at)[1]) + std::stod((*at)[2]) <= 1024 - 12 + 0.1);
    CHECK(static_cast<double>((*at)[3].length()) * 7.3 <= std::stod((*at)[2]));
  }
  CHECK(boxes == 4);
  CHECK(svg.find(">xxxx..</text>") != std::string::npos);
}

TEST_CASE("what is too narrow to see is left out, and counted", "[flamegraph]") {
  std::vector<CountedStack> stacks{stack(1'000'000, {"all of it", "main"}), stack(1, {"tiny", "main"})};
  const auto svg = flamegraph_svg(stacks);
  CHECK(svg.find("tiny") == std::string::npos);
  CHECK(svg.find("2 frames too narrow to draw are left out") != std::string::npos);
}

TEST_CASE("no stacks give a picture that says so", "[flamegraph]") {
  const auto svg = flamegraph_svg({});
  CHECK(XmlCheck()(svg).empty());
  CHECK(svg.find("no stacks were collected") != std::string::npos);
}

TEST_CASE("very deep stacks are cut, not refused", "[flamegraph]") {
  const auto svg = flamegraph_svg(std::vector{stack(1, std::vector<std::string>(100'000, "again"))});
  CHECK(occurrences(svg, "<g class=\"frame\"") == 1000);
  CHECK(svg.find("99001 frames") != std::string::npos);
}
