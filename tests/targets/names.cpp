// Calls functions with C++ names, for probes that give them as people write them.
//
//   names [--wait-for-newline]
//
// Calls harbour::load(int) 3 times, harbour::load(const char*) 5 times, harbour::Crane::lift(long) const 7 times,
// harbour::Crane::operator()(int) 11 times, the template harbour::stack<char> 13 times.
#include "target.h"

namespace harbour {

volatile long moved = 0;

[[gnu::noinline]] void load(int weight) { moved = moved + weight; }
[[gnu::noinline]] void load(const char* name) { moved = moved + name[0]; }

struct Crane {
  [[gnu::noinline]] void lift(long weight) const { moved = moved + weight; }
  [[gnu::noinline]] void operator()(int weight) { moved = moved - weight; }
};

template <class T>
[[gnu::noinline]] T stack(T value) {
  moved = moved + value;
  return value;
}
template char stack<char>(char);

}  // namespace harbour

int main(int argc, char** argv) {
  target::handshake(argc, argv);
  harbour::Crane crane;
  for (int n = 0; n < 3; ++n) harbour::load(n);
  for (int n = 0; n < 5; ++n) harbour::load("rope");
  for (int n = 0; n < 7; ++n) crane.lift(n);
  for (int n = 0; n < 11; ++n) crane(n);
  for (char n = 0; n < 13; ++n) harbour::stack(n);
  std::puts("done");
  target::farewell(argc, argv);
}
