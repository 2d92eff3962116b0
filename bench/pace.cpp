// How fast what flows is shown: Sonda's three formats beside bpftrace and BCC's Python, by turns, each as a whole
// process whose output goes to a file. Rows are counted in that file; the CPU time is the program's own, without that
// of the process that it traces.
//
//   pace SONDA [TURNS]     run from the top folder of the tree
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace {

using Words = std::vector<std::string>;

const std::string output = "/tmp/sonda-pace-" + std::to_string(getpid()), load_time = output + ".load";

struct Result {
  double user = 0, system = 0, wall = 0;  // seconds
  long rows = 0, peak = 0;                // kB
};

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

[[noreturn]] void become(Words words) {
  const int file = open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  dup2(file, 1);
  setenv("PACE_LOAD", load_time.c_str(), 1);
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  _exit(127);
}

long lines_with(const std::string& mark) {
  std::ifstream file(output);
  long count = 0;
  for (std::string line; std::getline(file, line);) count += line.find(mark) != line.npos ? 1 : 0;
  return count;
}

Result run(const Words& words, const std::string& mark) {
  std::ofstream(load_time) << "0 0";
  const auto start = std::chrono::steady_clock::now();
  const pid_t pid = fork();
  if (pid == 0) become(words);
  int status = 0;
  rusage used{};
  wait4(pid, &status, 0, &used);
  Result result;
  result.wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  double user = 0, system = 0;
  std::ifstream(load_time) >> user >> system;
  result.user = seconds(used.ru_utime) - user;
  result.system = seconds(used.ru_stime) - system;
  result.peak = used.ru_maxrss;
  result.rows = lines_with(mark);
  if (status != 0) fmt::print(stderr, "{} ended with {}\n", words.front(), status);
  return result;
}

struct Contender {
  std::string name;
  Words words;
  std::vector<Result> results;
};

/// By turns, so that what the machine does besides meets all of them.
void compete(const std::string& title, std::vector<Contender> contenders, const std::string& mark, int turns) {
  for (int turn = 0; turn < turns; ++turn)
    for (auto& each : contenders) each.results.push_back(run(each.words, mark));
  fmt::print("{}\n", title);
  for (auto& each : contenders) {
    std::ranges::sort(each.results, {}, &Result::user);
    const auto median = each.results[each.results.size() / 2];
    const auto fewest = std::ranges::min(each.results, {}, &Result::rows).rows;
    fmt::print(
        "  {:<12} rows {:>7} (fewest {:>7})  user {:>6.2f} s  system {:>5.2f} s  {:>6.2f} us a row  wall {:>6.2f} s  "
        "peak {:>4} MB\n",
        each.name, median.rows, fewest, median.user, median.system,
        median.rows == 0 ? 0 : median.user * 1e6 / static_cast<double>(median.rows), median.wall, median.peak / 1024);
  }
}

Words sonda(const std::string& program, const std::string& probe, const std::string& format, const std::string& load) {
  Words words{program, "run", "bench/pace/" + probe + ".c"};
  if (!format.empty()) words.push_back(format);
  for (const auto* word : {"--", load.c_str()}) words.emplace_back(word);
  words.emplace_back("500000");
  return words;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::string program = argv[1], load = program.substr(0, program.rfind("bin/")) + "bench/pace_load";
  const int turns = argc > 2 ? std::atoi(argv[2]) : 3;
  const auto ours = [&](const std::string& probe) {
    run({program, "run", "bench/pace/" + probe + ".c", "--", load, "1"}, "");  // compiled once, as for anyone
    return std::vector<Contender>{{"sonda text", sonda(program, probe, "", load), {}},
                                  {"sonda --json", sonda(program, probe, "--json", load), {}},
                                  {"sonda --csv", sonda(program, probe, "--csv", load), {}}};
  };
  const auto with_peers = [&](const std::string& probe, const std::string& bpftrace) {
    auto all = ours(probe);
    all.push_back({"bpftrace", {"bpftrace", "-c", load + " 500000", "-e", bpftrace}, {}});
    all.push_back({"BCC's Python", {"/usr/bin/python3", "bench/pace/peer.py", probe, load, "500000"}, {}});
    return all;
  };
  setenv("BPFTRACE_MAP_KEYS_MAX", "600000", 1);
  const std::string calls = "tracepoint:syscalls:sys_enter_lseek /pid == cpid/ ";
  compete("500 000 events of 40 bytes",
          with_peers("events", calls + "{ printf(\"%llu %llu %d %d %s\\n\", nsecs, args->offset, pid, cpu, comm); }"),
          "pace_load", turns);
  compete("a hash of 500 000 entries", with_peers("map", calls + "{ @big[args->offset] = args->offset * 7; }"), "",
          turns);
  compete("an array of 30 000 000 zeros", ours("zeros"), "29999999", turns);
  unlink(output.c_str());
  unlink(load_time.c_str());
}
