// Work whose amount is known. work faults SECONDS: touches new pages; work threads N: N threads
// that end at once, 200 at a time; work calls N: N calls of getpgid(). Prints how much it did.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { pages = 4096, page = 4096, at_a_time = 200 };

static long faults(double seconds) {
  long touched = 0;
  const time_t end = time(NULL) + (time_t)seconds;
  while (time(NULL) < end) {
    char *memory = mmap(NULL, (size_t)pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) exit(1);
    madvise(memory, (size_t)pages * page, MADV_NOHUGEPAGE);
    for (size_t i = 0; i < pages; ++i) memory[i * page] = 1;
    touched += pages;
    munmap(memory, (size_t)pages * page);
  }
  return touched;
}

static void *end_at_once(void *argument) { return argument; }

static long threads(long count) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 65536);
  for (long done = 0; done < count;) {
    pthread_t all[at_a_time];
    int started = 0;
    for (; started < at_a_time && done < count; ++started, ++done)
      if (pthread_create(&all[started], &attributes, end_at_once, NULL) != 0) exit(1);
    while (started > 0) pthread_join(all[--started], NULL);
  }
  return count + 1;  // and the first one
}

static long calls(long count) {
  for (long i = 0; i < count; ++i) getpgid(0);
  return count;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  const double amount = atof(argv[2]);
  long done = 0;
  if (strcmp(argv[1], "faults") == 0) done = faults(amount);
  if (strcmp(argv[1], "threads") == 0) done = threads((long)amount);
  if (strcmp(argv[1], "calls") == 0) done = calls((long)amount);
  fprintf(stderr, "%ld\n", done);
  return done == 0;
}
