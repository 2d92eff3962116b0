// The functions by which BCC's Python reads and fills maps and buffers. No map is there: what is put in is noted, and
// there is never anything to read.
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "bcc/recorder/guard.h"
#include "bcc/recorder/recorder.h"

namespace sonda::bcc {
namespace {

bool is_array(const MapSpec& map) { return map.type == BPF_MAP_TYPE_ARRAY || map.type == BPF_MAP_TYPE_PERCPU_ARRAY; }

int nothing_there() noexcept {
  errno = ENOENT;
  return -1;
}

/// What the Python holds in place of a buffer, and hands back.
void* a_buffer() noexcept {
  static char buffer = 0;
  return &buffer;
}

}  // namespace
}  // namespace sonda::bcc

// NOLINTBEGIN(readability-identifier-naming): the names and types are libbcc's
extern "C" {
using namespace sonda;
using namespace sonda::bcc;

int bpf_update_elem(int map, void* key, void* value, unsigned long long) {
  return recorded(-1, [&] {
    recorder().update(map, key, value);
    return 0;
  });
}

int bpf_lookup_elem(int map, void*, void* value) {
  const auto* spec = recorder().map(map);
  if (spec == nullptr || !is_array(*spec)) return nothing_there();
  std::memset(value, 0, spec->value_size);
  return 0;
}

int bpf_delete_elem(int, void*) { return nothing_there(); }
int bpf_get_first_key(int, void*, std::size_t) { return nothing_there(); }
int bpf_get_next_key(int, void*, void*) { return nothing_there(); }
int bpf_lookup_and_delete(int, void*, void*) { return nothing_there(); }
int bpf_lookup_batch(int, std::uint32_t*, std::uint32_t*, void*, void*, void*) { return nothing_there(); }
int bpf_lookup_and_delete_batch(int, std::uint32_t*, std::uint32_t*, void*, void*, void*) { return nothing_there(); }
int bpf_delete_batch(int, void*, void*) { return 0; }

int bpf_update_batch(int map, void* keys, void* values, std::uint32_t* count) {
  return recorded(-1, [&] {
    const auto* spec = recorder().map(map);
    if (spec == nullptr || count == nullptr) return -1;
    for (std::size_t i = 0; i < *count; ++i)
      recorder().update(map, static_cast<char*>(keys) + i * spec->key_size,
                        static_cast<char*>(values) + i * spec->value_size);
    return 0;
  });
}

void* bpf_open_perf_buffer(void*, void*, void*, int, int, int) { return a_buffer(); }
void* bpf_open_perf_buffer_opts(void*, void*, void*, int, void*) { return a_buffer(); }
int perf_reader_fd(void*) { return 0; }
void perf_reader_free(void*) {}
void* bpf_new_ringbuf(int, void*, void*) { return a_buffer(); }
int bpf_add_ringbuf(void*, int, void*, void*) { return 0; }
void bpf_free_ringbuf(void*) {}

int bpf_open_perf_event(std::uint32_t, std::uint64_t, int, int) { return Recorder::harmless_descriptor(); }

int perf_reader_poll(int, void**, int) {
  return recorded(0, [] { return recorder().waits(), 0; });
}
int perf_reader_consume(int, void**) {
  return recorded(0, [] { return recorder().waits(), 0; });
}
int bpf_poll_ringbuf(void*, int) {
  return recorded(0, [] { return recorder().waits(), 0; });
}
int bpf_consume_ringbuf(void*) {
  return recorded(0, [] { return recorder().waits(), 0; });
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming)
