#include "headers/header_tree.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <span>

#include "base/files.h"
#include "base/locations.h"
#include "base/text.h"
#include "headers/kernel_types.h"
#include "headers/macros.h"
#include "headers/type_selection.h"
#include "image/bytes.h"
#include "kernel/kernel.h"
#include "kernel/kernel_config.h"
#include "kernel/tracefs.h"

// libbcc exports this table but installs no header for it. Asking the library itself is the only way to know which
// types the very libbcc that compiles will define.
namespace ebpf {
class ExportedFiles {
 public:
  static std::map<std::string, const char*> headers_;
};
}  // namespace ebpf

namespace sonda {
namespace {

namespace fs = std::filesystem;

/// The header that is included before the probe and holds all that is made.
constexpr auto types_file = "sonda/vmlinux.h";
/// The resource file with macros of the kernel's internal headers: a library to take from, not included whole.
constexpr auto macros_file = "include/sonda/macros.h";
/// The same for probes that include net/....h.
constexpr auto net_macros_file = "include/sonda/macros_net.h";
/// The resource file with inline functions of the kernel's internal headers, likewise.
constexpr auto functions_file = "include/sonda/functions.h";

/// Kernel headers that libbcc's own texts include and that need hold nothing.
constexpr std::string_view of_libbcc[] = {"uapi/linux/bpf.h", "uapi/linux/if_packet.h", "uapi/linux/if_ether.h",
                                          "linux/bpf_common.h"};

/// The texts that libbcc includes before every probe; they live as long as the process.
std::vector<std::string_view> bcc_headers() {
  std::vector<std::string_view> texts;
  for (const auto& [path, text] : ebpf::ExportedFiles::headers_) texts.emplace_back(text);
  return texts;
}

/// Whether `name` looks like a header of the kernel; anything else is left to the compiler to find or to miss.
bool is_kernel_header(std::string_view name) {
  static constexpr std::string_view folders[] = {
      "acpi",   "asm", "asm-generic", "crypto", "drm", "generated", "kvm",    "linux", "media", "misc", "mtd",   "net",
      "pcmcia", "ras", "rdma",        "scsi",   "soc", "sound",     "target", "trace", "uapi",  "vdso", "video", "xen"};
  const auto parts = split(name, '/');
  const auto is_plain = [](std::string_view part) {
    return !part.empty() && part != "." && part != ".." && std::all_of(part.begin(), part.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
             c == '.';
    });
  };
  return parts.size() >= 2 && name.size() < 200 && name.ends_with(".h") &&
         std::find(std::begin(folders), std::end(folders), parts.front()) != std::end(folders) &&
         std::all_of(parts.begin(), parts.end(), is_plain);
}

void write_file(const fs::path& path, std::string_view text) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) throw Error(Stage::kernel, path.parent_path().string(), error.message());
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) throw system_error(Stage::kernel, path.string(), "cannot create the header", errno);
  write_all(file.get(), std::as_bytes(std::span(text)), path.string(), Stage::kernel);
}

/// The static tree's texts, except for the macro libraries.
std::vector<std::string> static_headers(const fs::path& tree) {
  std::vector<std::string> texts;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(tree, error), end; !error && entry != end; entry.increment(error))
    if (entry->is_regular_file() && entry->path().parent_path() != tree / "include/sonda")
      texts.push_back(read_file(entry->path(), Stage::kernel));
  if (error || texts.empty())
    throw Error(Stage::kernel, tree.string(), error ? error.message() : "holds no headers",
                "install Sonda again: its kernel headers are missing");
  return texts;
}

/// Whether a struct has another one, which has a name, as a part without a name: `struct inner;` among its members, as
/// kernels from 7.0 on do. C knows that as an extension of Microsoft's.
bool embeds_structs(std::string_view text) {
  return std::ranges::any_of(split_lines(text), [](std::string_view line) {
    const auto word = trim(line);
    const bool is_member = line.starts_with('\t') && word.ends_with(';');
    return is_member && (word.starts_with("struct ") || word.starts_with("union ")) &&
           std::ranges::count(word, ' ') == 1;
  });
}

void insert_all(NameSet& into, const NameSet& from) { into.insert(from.begin(), from.end()); }

/// Makes the generated folder for one probe.
class Generator {
 public:
  explicit Generator(const HeaderRequest& request)
      : request_(request), tree_(header_tree()), names_(collect_names(request.source)) {}

  HeaderTree run() {
    note_what_is_named();
    note_tracepoints();
    note_iterators();
    const auto key = cache_key();
    auto made = request_.cache ? request_.cache->find(key) : std::nullopt;
    const bool found = made.has_value();
    if (!found) {
      made = make();
      if (request_.cache && !with_modules_) request_.cache->store(key, *made);
    }
    write_file(request_.output / types_file, made->text);
    write_stubs();
    return {tree_, flags(made->options, embeds_structs(made->text)),
            fmt::format("{} types from the BTF of {}{}", made->types, kernel_release(), found ? ", cached" : "")};
  }

 private:
  /// All that make() depends on.
  std::vector<std::byte> cache_key() const {
    Writer writer;
    writer.text(request_.origin);
    for (const auto* names :
         {&names_.used, &names_.tags, &names_.ordinary, &names_.tested, &types_.tags, &types_.ordinary}) {
      std::vector<std::string_view> sorted(names->begin(), names->end());
      std::sort(sorted.begin(), sorted.end());
      writer.list(sorted, [&](std::string_view name) { writer.text(name); });
    }
    writer.list(names_.includes, [&](std::string_view file) { writer.text(file); });
    return writer.take();
  }

  MadeHeader make() {
    note_what_is_defined();
    choose_functions();
    open_macros();
    choose_macros();
    const auto kernel = load_kernel_types(request_.btf);
    std::optional<TypeSelection> selection(std::in_place, *kernel, types_);
    BtfPointer module;
    if (const auto tags = unknown_tags(*selection); !tags.empty() && request_.btf.empty()) {
      with_modules_ = true;
      module = load_module_types(*kernel, tags);
    }
    if (module != nullptr) selection.emplace(*module, types_);
    if (add_macros_of_other_headers(*selection)) selection.emplace(module != nullptr ? *module : *kernel, types_);
    return {header(module != nullptr ? *module : *kernel, *selection), config_options(), selection->nodes().size()};
  }

  void note_what_is_named() {
    types_.tags = names_.used_tags;
    types_.tags.insert("pt_regs");
    types_.ordinary = names_.used;
  }

  void note_what_is_defined() {
    texts_ = static_headers(tree_);
    auto before = bcc_headers();
    before.insert(before.end(), texts_.begin(), texts_.end());
    for (const auto text : before) {
      const auto names = collect_names(text);
      insert_all(types_.defined_tags, names.tags);
      insert_all(types_.defined_ordinary, names.ordinary);
      note_helper_numbers(text);
    }
    insert_all(types_.defined_tags, names_.tags);
    insert_all(types_.defined_ordinary, names_.ordinary);
  }

  /// libbcc's header makes the enumerators BPF_FUNC_name by a macro, of a list of FN(name).
  void note_helper_numbers(std::string_view text) {
    if (text.find("__BPF_FUNC_MAPPER") == text.npos) return;
    const auto words = identifiers(text);
    for (std::size_t i = 0; i + 1 < words.size(); ++i)
      if (words[i] == "FN")
        types_.defined_ordinary.insert(formats_.emplace_back(fmt::format("BPF_FUNC_{}", words[i + 1])));
  }

  /// libbcc makes a struct of each tracepoint's format, whose types the source need not name.
  void note_tracepoints() {
    if (names_.tracepoints.empty()) return;
    try {
      const Tracefs tracefs;
      for (const auto& [category, name] : names_.tracepoints)
        note_fields(tracefs.try_read(fmt::format("events/{}/{}/format", category, name)).value_or(""));
    } catch (const Error&) {
      // libbcc finds no format either then, and tells of the missing struct on the user's line.
    }
  }

  /// BPF_ITER puts the name of its context's struct together.
  void note_iterators() {
    for (const auto target : names_.iterators)
      note_types(formats_.emplace_back(fmt::format("struct bpf_iter__{} *", target)));
  }

  void note_fields(std::string format) {
    const auto& text = formats_.emplace_back(std::move(format));
    for (auto line : split_lines(text)) {
      line = trim(line);
      if (!line.starts_with("field:")) continue;
      note_types(line.substr(6, line.find(';') - 6));
    }
  }

  void note_types(std::string_view text) {
    const auto names = collect_names(text);
    insert_all(types_.ordinary, names.used);
    insert_all(types_.tags, names.used_tags);
  }

  void choose_functions() {
    functions_.emplace(try_read_file(tree_ / functions_file).value_or(""));
    wanted_ = names_.used;
    chosen_functions_ = functions_->closure(names_.used, types_.defined_ordinary);
    for (const auto name : chosen_functions_) {
      note_types(functions_->definition(name));
      for (const auto used : identifiers(functions_->definition(name))) wanted_.insert(used);
    }
  }

  void open_macros() {
    library_.add_file(tree_ / macros_file, false);
    if (std::ranges::any_of(names_.includes, [](auto file) { return file.starts_with("net/"); }))
      library_.add_file(tree_ / net_macros_file, false);
    for (const auto& file : user_space_headers(names_.includes)) library_.add_file(file, true);
  }

  void choose_macros() {
    macros_ = library_.closure(wanted_, types_.defined_ordinary);
    for (const auto macro : macros_) note_types(library_.definition(macro));
  }

  /// Constants that nothing has defined so far may be in a header that the probe does not include by its name in user
  /// space: <linux/netdevice.h> means <linux/if.h>. Whether anything was found.
  bool add_macros_of_other_headers(const TypeSelection& selection) {
    NameSet missing;
    for (const auto name : wanted_)
      if (is_constant_name(name) && !types_.defined_ordinary.contains(name) && !library_.contains(name) &&
          !selection.has_requested_ordinary(name))
        missing.insert(name);
    if (missing.empty()) return false;
    const auto files = headers_that_define(missing);
    for (const auto& file : files) library_.add_file(file, true);
    if (!files.empty()) choose_macros();
    return !files.empty();
  }

  /// What the source names and nothing has defined so far: a module may.
  NameSet unknown_tags(const TypeSelection& selection) const {
    NameSet unknown;
    for (const auto tag : types_.tags)
      if (!types_.defined_tags.contains(tag) && !selection.has_requested(tag) && !tag.starts_with("tracepoint__"))
        unknown.insert(tag);
    return unknown;
  }

  std::string header(const btf& types, const TypeSelection& selection) const {
    auto text = fmt::format("/* The types of {} that this probe names. */\n", kernel_release());
    text += "#ifndef SONDA_VMLINUX_H\n#define SONDA_VMLINUX_H\n#include <linux/types.h>\n";
    text += write_types(types, selection, types_);
    for (const auto& [name, value] : selection.constants()) text += fmt::format("enum {{ {} = {} }};\n", name, value);
    NameSet enumerators(selection.enumerators().begin(), selection.enumerators().end());
    for (const auto& [name, value] : selection.constants()) enumerators.insert(name);
    // Where the source asks whether there is such a name. As macros they would hide what stands there from libbcc.
    for (const auto name : enumerators)
      if (names_.tested.contains(name)) text += fmt::format("#define {0} {0}\n", name);
    for (const auto name : macros_)
      if (!enumerators.contains(name))
        text += fmt::format("#ifndef {}\n#define {}\n#endif\n", name, library_.definition(name));
    for (const auto name : chosen_functions_) text += fmt::format("{}\n", functions_->definition(name));
    return text + "#endif\n";
  }

  void write_stubs() const {
    std::vector<std::string_view> wanted(std::begin(of_libbcc), std::end(of_libbcc));
    for (const auto name : names_.includes)
      if (is_kernel_header(name)) wanted.push_back(name);
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    for (const auto name : wanted)
      if (!fs::exists(tree_ / "include" / name))
        write_file(request_.output / name, fmt::format("/* What is needed of it is in {}. */\n", types_file));
  }

  std::vector<std::string> config_options() const {
    std::vector<std::string> options;
    for (const auto name : types_.ordinary)
      if (name.starts_with("CONFIG_") && !types_.defined_ordinary.contains(name)) options.emplace_back(name);
    std::sort(options.begin(), options.end());
    return options;
  }

  std::vector<std::string> flags(const std::vector<std::string>& options, bool embeds) const {
    std::vector<std::string> flags{"-isystem", request_.output.string(),
                                   fmt::format("-DLINUX_VERSION_CODE={}", kernel_version_code())};
    if (embeds) flags.insert(flags.end(), {"-fms-extensions", "-Wno-microsoft"});
    if (!options.empty()) {
      const auto of_config = config_flags(kernel_config().value_or(""), {options.begin(), options.end()});
      flags.insert(flags.end(), of_config.begin(), of_config.end());
    }
    flags.insert(flags.end(), {"-include", types_file});
    return flags;
  }

  const HeaderRequest& request_;
  fs::path tree_;
  CNames names_;
  std::vector<std::string> texts_;
  std::deque<std::string> formats_;
  TypeRequest types_;
  std::optional<FunctionLibrary> functions_;
  std::vector<std::string_view> chosen_functions_;
  NameSet wanted_;  ///< what the source and the chosen functions name
  MacroLibrary library_;
  std::vector<std::string_view> macros_;
  bool with_modules_ = false;  ///< whether modules were asked
};

}  // namespace

HeaderTree make_header_tree(const HeaderRequest& request) { return Generator(request).run(); }

}  // namespace sonda
