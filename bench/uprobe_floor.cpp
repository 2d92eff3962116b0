// The least that anyone pays for watching bash's cd_builtin: one uprobe and one uretprobe with a program that does
// nothing, attached, detached, and the process over. Nothing of Sonda is in it. By the fewest links that the kernel
// can; with --events by two perf events, as libbpf and BCC attach uprobes by default.
#include <bpf/bpf.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

constexpr auto bash = "/bin/bash";
constexpr std::uint32_t trace_uprobe_multi = 48, trace_uprobe_session = 57, multi_return = 1;  // linux/bpf.h of 6.13

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

/// The byte of the file where `name` begins.
std::uint64_t offset_of(const char* name) {
  elf_version(EV_CURRENT);
  const int fd = open(bash, O_RDONLY | O_CLOEXEC);
  Elf* elf = elf_begin(fd, ELF_C_READ, nullptr);
  std::uint64_t address = 0, offset = 0;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_type != SHT_DYNSYM) continue;
    Elf_Data* data = elf_getdata(section, nullptr);
    GElf_Sym symbol;
    for (int i = 0; gelf_getsym(data, i, &symbol) != nullptr; ++i)
      if (std::strcmp(elf_strptr(elf, header.sh_link, symbol.st_name), name) == 0) address = symbol.st_value;
  }
  std::size_t count = 0;
  elf_getphdrnum(elf, &count);
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Phdr segment;
    if (gelf_getphdr(elf, static_cast<int>(i), &segment) != nullptr && segment.p_type == PT_LOAD &&
        address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz)
      offset = address - segment.p_vaddr + segment.p_offset;
  }
  elf_end(elf);
  close(fd);
  if (offset == 0) fail(name);
  return offset;
}

int load(std::uint32_t attach_type) {
  bpf_insn nothing[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
                        {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
  bpf_prog_load_opts options{};
  options.sz = sizeof options;
  options.expected_attach_type = static_cast<bpf_attach_type>(attach_type);
  return bpf_prog_load(BPF_PROG_TYPE_KPROBE, "nothing", "GPL", nothing, 2, &options);
}

int link_multi(int program, std::uint32_t attach_type, std::uint32_t flags, const std::uint64_t& offset) {
  struct {
    std::uint32_t program, target, attach_type, flags;
    std::uint64_t path, offsets, counters, cookies;
    std::uint32_t count, multi_flags, pid, unused;
  } request{};
  request.program = static_cast<std::uint32_t>(program);
  request.attach_type = attach_type;
  request.path = reinterpret_cast<std::uintptr_t>(bash);
  request.offsets = reinterpret_cast<std::uintptr_t>(&offset);
  request.count = 1;
  request.multi_flags = flags;
  return static_cast<int>(syscall(SYS_bpf, BPF_LINK_CREATE, &request, sizeof request));
}

std::uint32_t pmu_type() {
  unsigned type = 0;
  std::FILE* file = std::fopen("/sys/bus/event_source/devices/uprobe/type", "r");
  if (file == nullptr || std::fscanf(file, "%u", &type) != 1) fail("uprobe/type");
  std::fclose(file);
  return type;
}

/// The descriptors to be closed, in this order.
std::vector<int> by_events(std::uint64_t offset) {
  const int program = load(0);
  std::vector<int> descriptors;
  for (const bool on_return : {false, true}) {
    perf_event_attr attributes{};
    attributes.size = sizeof attributes;
    attributes.type = pmu_type();
    attributes.config = on_return ? 1 : 0;
    attributes.uprobe_path = reinterpret_cast<std::uintptr_t>(bash);
    attributes.probe_offset = offset;
    const int event = static_cast<int>(syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC));
    if (event < 0) fail("perf_event_open");
    const int link = bpf_link_create(program, event, BPF_PERF_EVENT, nullptr);
    if (link < 0) fail("bpf_link_create");
    descriptors.insert(descriptors.end(), {link, event});
  }
  return descriptors;
}

std::vector<int> by_links(std::uint64_t offset) {
  if (const int program = load(trace_uprobe_session); program >= 0)
    if (const int link = link_multi(program, trace_uprobe_session, 0, offset); link >= 0) return {link};
  if (const int program = load(trace_uprobe_multi); program >= 0) {
    const int entry = link_multi(program, trace_uprobe_multi, 0, offset);
    const int at_return = link_multi(program, trace_uprobe_multi, multi_return, offset);
    if (entry >= 0 && at_return >= 0) return {entry, at_return};
  }
  return by_events(offset);
}

}  // namespace

int main(int argc, char** argv) {
  const bool events = argc > 1 && std::strcmp(argv[1], "--events") == 0;
  const auto offset = offset_of("cd_builtin");
  for (const int fd : events ? by_events(offset) : by_links(offset)) close(fd);
}
