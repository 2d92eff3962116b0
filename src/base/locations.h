// Where this installation keeps its files, and the user's folders.
#pragma once

#include <filesystem>
#include <optional>

namespace sonda {

/// Whether the running program is the one in the build tree rather than an installed one.
bool runs_from_build_tree();

/// The worker. Throws Error(Stage::compile) if it is not there.
std::filesystem::path worker_program();
/// What turns machine code into text. Throws likewise.
std::filesystem::path disassembler_program();
/// The folder with Sonda's libbcc.so.0, which serves BCC's Python.
std::filesystem::path bcc_library_folder();
/// Installed probes: PREFIX/share/sonda/probes.
std::filesystem::path installed_probes();
/// Examples that can be run by name: PREFIX/share/sonda/examples, or the source tree's.
std::filesystem::path installed_examples();
/// The source tree's probes; nothing for an installed program.
std::optional<std::filesystem::path> build_tree_probes();
/// The resource folder with the kernel header tree that goes with the worker.
std::filesystem::path header_tree();

/// The lessons of the course: PREFIX/share/sonda/lessons, or the source tree's.
std::filesystem::path lesson_folder();

/// XDG_CONFIG_HOME or HOME/.config, then /sonda; nothing without a home.
std::optional<std::filesystem::path> user_config();
/// XDG_CACHE_HOME or HOME/.cache, then /sonda (the user's record in the password file where HOME is not set).
std::optional<std::filesystem::path> user_cache();
/// XDG_DATA_HOME or HOME/.local/share, then /sonda; under sudo that of the user who called it, to be used as that user
/// (AsSudoUser). Nothing without a home.
std::optional<std::filesystem::path> user_data();
/// XDG_STATE_HOME or HOME/.local/state, then /sonda; likewise.
std::optional<std::filesystem::path> user_state();

}  // namespace sonda
