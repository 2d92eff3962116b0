// The texts with which tracefs describes the records of tracepoints.
#include "kernel/event_format.h"
#include "support/catch.h"

using namespace sonda;

TEST_CASE("the fields of a tracepoint's record are read from its format") {
  // As Linux 6.1 writes it, but for the last three fields.
  const auto fields = parse_event_format(
      "name: sched_switch\nID: 372\nformat:\n"
      "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
      "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n"
      "\n"
      "\tfield:char prev_comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
      "\tfield:pid_t prev_pid;\toffset:24;\tsize:4;\tsigned:1;\n"
      "\tfield:__data_loc char[] name;\toffset:28;\tsize:4;\tsigned:0;\n"
      "\tfield:const char * text;\toffset:32;\tsize:8;\tsigned:0;\n"
      "\tfield:u8 matrix[2][3];\toffset:40;\tsize:6;\tsigned:0;\n"
      "\nprint fmt: \"field:%d;\", REC->prev_pid\n");
  REQUIRE(fields.size() == 5);
  CHECK(fields[0] == EventField{"prev_comm", "char[16]", "char prev_comm[16]", 8, 16, false});
  CHECK(fields[1] == EventField{"prev_pid", "pid_t", "pid_t prev_pid", 24, 4, true});
  CHECK(fields[2] == EventField{"name", "__data_loc char[]", "__data_loc char[] name", 28, 4, false});
  CHECK(fields[3] == EventField{"text", "const char *", "const char * text", 32, 8, false});
  CHECK(fields[4] == EventField{"matrix", "u8[2][3]", "u8 matrix[2][3]", 40, 6, false});
}

TEST_CASE("what describes no field is passed over") {
  for (const char* text :
       {"", "field:", "\tfield:int;\toffset:0;\tsize:4;", "\tfield:int x;\tsize:4;\tsigned:0;", "\tfield:int x;",
        "\tfield:int x;\toffset:8;\tsize:99999999999;\tsigned:1;", "\tfield:int x];\toffset:8;\tsize:4;\tsigned:1;",
        "\tfield:[4];\toffset:8;\tsize:4;\tsigned:1;", "\tfield:int 4x;\toffset:8;\tsize:4;\tsigned:1;",
        "\tint x;\toffset:8;\tsize:4;\tsigned:1;"}) {
    CAPTURE(text);
    CHECK(parse_event_format(text).empty());
  }
}
