// Addresses as names: of the kernel by a list that is written here, of processes by the test itself and its targets.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/files.h"
#include "elf/symbols.h"
#include "read/symbols/module.h"
#include "sonda/error.h"
#include "sonda/symbols.h"
#include "support/catch.h"
#include "support/private_mounts.h"
#include "support/scratch.h"
#include "support/skip.h"
#include "support/target_process.h"

using namespace sonda;
using namespace sonda::test;
using sonda::test::Contains;

namespace known {

[[gnu::noinline]] int function(int number) {
  asm volatile("" : "+r"(number));
  return number + 1;
}

}  // namespace known

namespace {

constexpr auto kernel_lines =
    "ffffffff81000000 T _text\n"
    "ffffffff81000000 t an_alias\n"
    "ffffffff81000040 T do_work\n"
    "ffffffff81000100 T do_more\n"
    "ffffffffc0400020 t late\t[nf_tables]\n"
    "ffffffffc0400000 t early\t[nf_tables]\n";

template <class Function>
std::uint64_t address_of(Function* function) {
  return reinterpret_cast<std::uint64_t>(function);
}

// Where `symbol` of a running target is, by its file and its mappings.
std::uint64_t address_in(const TargetProcess& process, const std::filesystem::path& with_symbols, const char* symbol) {
  const auto file = ElfFile::open(with_symbols);
  const auto found = file.find(symbol);
  REQUIRE(found);
  const UniqueFd maps(::open(("/proc/" + std::to_string(process.pid()) + "/maps").c_str(), O_RDONLY | O_CLOEXEC));
  const auto text = read_all(maps.get(), "maps", Stage::read);
  return std::stoull(text, nullptr, 16) + found->address;  // the first mapping is the program's first segment
}

}  // namespace

TEST_CASE("a kernel address is in the symbol before it", "[symbols]") {
  const ScratchFolder folder;
  KernelSymbols kernel(folder.write("kallsyms", kernel_lines));
  CHECK(kernel.known());
  CHECK(kernel.size() == 6);
  CHECK(kernel.find(0xffffffff81000041) == SymbolAt{"do_work", 1, ""});
  CHECK(kernel.find(0xffffffff81000000) == SymbolAt{"_text", 0, ""});
  CHECK(kernel.find(0xffffffffc0400010) == SymbolAt{"early", 0x10, "nf_tables"});
  CHECK(kernel.find(0xffffffff80ffffff) == SymbolAt{});
  CHECK(kernel.find(0xffffffff82000000) == SymbolAt{});  // much too far from any
  CHECK(kernel.address_of("late") == 0xffffffffc0400020);
  CHECK_FALSE(kernel.address_of("nobody"));
  CHECK_NOTHROW(kernel.require_known());
}

TEST_CASE("a kernel that hides its addresses is said to", "[symbols]") {
  const ScratchFolder folder;
  KernelSymbols hidden(folder.write("hidden", "0000000000000000 T _text\n0000000000000000 T do_work\n"));
  CHECK_FALSE(hidden.known());
  CHECK(hidden.find(0) == SymbolAt{});
  CHECK(hidden.find(0xffffffff81000000) == SymbolAt{});
  CHECK_THROWS_WITH(hidden.require_known(), Contains("hides") && Contains("kptr_restrict"));
  // A name ends at a NUL, and one that begins with it is none.
  KernelSymbols odd(folder.write("odd", std::string_view("ffffffff81000020 W \0x\nffffffff81000010 T a\0b\n", 45)));
  CHECK(odd.starting_with("", 9) == std::vector<std::string>{"a"});
  KernelSymbols empty(folder.write("empty", ""));
  CHECK_THROWS_WITH(empty.require_known(), Contains("CONFIG_KALLSYMS"));
  KernelSymbols missing(folder.path() / "missing");
  CHECK_FALSE(missing.known());
  CHECK_THROWS_WITH(missing.require_known(), Contains("missing") && Contains("No such file"));
}

TEST_CASE("lines that are none are passed over, long lists are read whole", "[symbols]") {
  const ScratchFolder folder;
  std::string text = "\n\nno line\nffffffff81000000\nffffffff81000000 T\nffffffff81000000 T \n[] ][ x\nzz T zz\n";
  text += "ffffffff81000000 T a]b[c\n" + std::string(200'000, 'f') + "\n";
  for (int i = 1; i <= 20'000; ++i) text += std::to_string(i) + "0000000 T function_number_" + std::to_string(i) + "\n";
  text += "ffffffffffff0000 T no_end_of_line";
  KernelSymbols kernel(folder.write("kallsyms", text));
  CHECK(kernel.size() == 20'002);
  CHECK(kernel.find(0x10'0000002).name == "function_number_10");
  CHECK(kernel.find(0x20000'0000003).name == "function_number_20000");
  CHECK(kernel.find(0xffffffffffff0001).name == "no_end_of_line");
}

TEST_CASE("symbols are told with offset and module, and harmless", "[symbols]") {
  CHECK(to_text(SymbolAt{"vfs_read", 0x12, ""}, 1) == "vfs_read+0x12");
  CHECK(to_text(SymbolAt{"nft_do_chain", 0, "nf_tables"}, 1) == "nft_do_chain [nf_tables]");
  CHECK(to_text(SymbolAt{"puts", 0x1f, "/usr/lib/libc.so.6"}, 1) == "puts+0x1f [libc.so.6]");
  CHECK(to_text(SymbolAt{"clock_gettime", 0, "[vdso]"}, 1) == "clock_gettime [vdso]");
  CHECK(to_text(SymbolAt{"", 0x1234, "/usr/lib/libc.so.6"}, 1) == "[unknown] [libc.so.6+0x1234]");
  CHECK(to_text(SymbolAt{}, 0xabc) == "0xabc");
  CHECK(to_text(SymbolAt{"a\x1b[2J", 0, "/tmp/b\nc"}, 1) == "a\\x1b[2J [b\\nc]");
}

TEST_CASE("C++ names are demangled, others stay, and none takes all memory", "[symbols]") {
  CHECK(demangle("_ZN5known8functionEi") == "known::function(int)");
  CHECK(demangle("main") == "main");
  CHECK(demangle("_Z") == "_Z");
  CHECK(demangle("_ZNot_a_name") == "_ZNot_a_name");
  std::string doubling = "_Z1fSt4pairIiiE";
  for (const char digit : std::string_view("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    doubling += std::string("S_IS") + digit + "_S" + digit + "_E";
  CHECK(demangle(doubling) == doubling);
}

TEST_CASE("this process's own functions have names", "[symbols]") {
  ProcessSymbols symbols;
  const auto own = symbols.find(::getpid(), address_of(&known::function) + 1);
  CHECK(own.name == "known::function(int)");
  CHECK(own.offset == 1);
  CHECK(std::filesystem::path(own.module) == std::filesystem::read_symlink("/proc/self/exe"));
  // Not one of the functions that sanitizers put their own in place of.
  const auto library = symbols.find(::getpid(), address_of(::dlsym(RTLD_DEFAULT, "gnu_get_libc_version")));
  CHECK(library.name == "gnu_get_libc_version");
  CHECK_THAT(library.module, Contains("libc"));
  void* vdso = ::dlopen("linux-vdso.so.1", RTLD_NOW | RTLD_NOLOAD);
  if (vdso != nullptr) {
    const auto clock = symbols.find(::getpid(), address_of(::dlsym(vdso, "__vdso_clock_gettime")));
    CHECK(clock.name == "clock_gettime");
    CHECK(clock.module == "[vdso]");
    ::dlclose(vdso);
  }
  int on_stack = 0;
  for (const auto address : {std::uint64_t{0}, std::uint64_t{1}, UINT64_MAX, address_of(&on_stack)})
    CHECK(symbols.find(::getpid(), address) == SymbolAt{});
}

TEST_CASE("a process that is gone is unknown, unless it was remembered", "[symbols]") {
  ProcessSymbols symbols;
  pid_t pid = -1;
  std::uint64_t address = 0;
  {
    TargetProcess process(target("chain"), {"--wait-for-newline"});
    REQUIRE(process.line() == "ready");
    pid = process.pid();
    address = address_in(process, target("chain"), "chain_outer");
    CHECK(symbols.remember(pid));
  }
  CHECK(symbols.find(pid, address).name == "chain_outer");
  CHECK(ProcessSymbols().find(pid, address) == SymbolAt{});
  CHECK_FALSE(ProcessSymbols().remember(pid));
  symbols.forget(pid);
  CHECK(symbols.find(pid, address) == SymbolAt{});
  CHECK(symbols.find(-5, address) == SymbolAt{});
  CHECK(symbols.find(0, address) == SymbolAt{});
}

TEST_CASE("a program that was removed keeps its names", "[symbols]") {
  SONDA_NEED(::geteuid() == 0, "CAP_CHECKPOINT_RESTORE (run as root)");
  const ScratchFolder folder;
  const auto copy = folder.path() / "chain";
  std::filesystem::copy_file(target("chain"), copy);
  TargetProcess process(copy, {"--wait-for-newline"});
  REQUIRE(process.line() == "ready");
  std::filesystem::remove(copy);
  // What has its path now is another file, and not to be believed.
  std::filesystem::copy_file(target("calls"), copy);
  const auto found = ProcessSymbols().find(process.pid(), address_in(process, target("chain"), "chain_inner") + 2);
  CHECK(found.name == "chain_inner");
  CHECK(found.module == copy.string());
}

TEST_CASE("a program in a file system that is not ours has its names", "[symbols]") {
  SONDA_NEED(PrivateMounts::possible(), "CAP_SYS_ADMIN (run as root)");
  const ScratchFolder folder;
  const PrivateMounts mounts;
  mounts.mount_tmpfs(folder.path());
  const auto copy = mounts.outside(folder.path() / "chain");
  std::filesystem::copy_file(target("chain"), copy);
  TargetProcess process(copy, {"--wait-for-newline"});
  REQUIRE(process.line() == "ready");
  const auto found = ProcessSymbols().find(process.pid(), address_in(process, target("chain"), "chain_outer"));
  CHECK(found.name == "chain_outer");
  CHECK_FALSE(std::filesystem::exists(folder.path() / "chain"));
}

TEST_CASE("a stripped program has its names from the file that it points to", "[symbols]") {
  TargetProcess process(target("chain_stripped"), {"--wait-for-newline"});
  REQUIRE(process.line() == "ready");
  const auto address = address_in(process, target("chain_stripped.debug"), "chain_inner");
  CHECK_FALSE(ElfFile::open(target("chain_stripped")).find("chain_inner"));
  CHECK(ProcessSymbols().find(process.pid(), address).name == "chain_inner");
}

TEST_CASE("a build id leads to the file of a running process", "[symbols]") {
  const auto file = ElfFile::open(target("chain"));
  const auto offset = file.file_offset(file.find("chain_outer")->address);
  REQUIRE(offset);
  ProcessSymbols symbols;
  CHECK(symbols.find(std::string(40, '0'), *offset) == SymbolAt{});
  TargetProcess process(target("chain"), {"--wait-for-newline"});
  REQUIRE(process.line() == "ready");
  CHECK(symbols.find(file.build_id(), *offset + 1, process.pid()).name == "chain_outer");
  ProcessSymbols without_pid;
  CHECK(without_pid.find(file.build_id(), *offset + 1).offset == 1);
  CHECK(without_pid.find(file.build_id(), 1UL << 40).name.empty());
}

TEST_CASE("debug files are found by build id and by name, and only the right ones", "[symbols]") {
  const ElfReader stripped(target("chain_stripped"));
  const auto id = build_id_of(stripped);
  REQUIRE(id.size() == 40);
  const ScratchFolder root;
  const std::array<std::filesystem::path, 1> roots{root.path()};
  const auto find = [&] { return find_debug_file(stripped, "/opt/app/chain", roots); };
  const auto put = [&](const std::filesystem::path& from, const std::filesystem::path& name) {
    std::filesystem::create_directories((root.path() / name).parent_path());
    std::filesystem::copy_file(from, root.path() / name);
    const auto found = find();
    std::filesystem::remove(root.path() / name);
    return found && found->path() == root.path() / name;
  };
  const auto right = target("chain_stripped.debug"), wrong = target("calls");
  const std::filesystem::path by_id = "usr/lib/debug/.build-id/" + id.substr(0, 2) + "/" + id.substr(2) + ".debug";
  CHECK_FALSE(find());
  for (const auto& place : {by_id, std::filesystem::path("opt/app/chain_stripped.debug"),
                            std::filesystem::path("opt/app/.debug/chain_stripped.debug"),
                            std::filesystem::path("usr/lib/debug/opt/app/chain_stripped.debug")}) {
    INFO(place);
    CHECK(put(right, place));
    CHECK_FALSE(put(wrong, place));
    CHECK_FALSE(put("/etc/passwd", place));
  }
  std::filesystem::create_directories(root.path() / by_id);  // a folder is no debug file
  CHECK_FALSE(find());
}
