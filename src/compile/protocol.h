// What the client asks of the worker, and what it gets back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "compile/included_files.h"
#include "sonda/compile.h"
#include "sonda/error.h"
#include "sonda/image.h"

namespace sonda {

/// One compile. Sent to the worker's standard input.
struct CompileRequest {
  ImageKey key;  ///< with the probe's name, text and flags; becomes the image's key
  Headers headers = Headers::automatic;
  std::vector<Parameter> parameters;
  std::vector<std::string> flags;  ///< for the compiler
  std::vector<EventType> events;
  std::vector<IncludedFile> included;
  bool is_bcc = false;      ///< see BccText
  std::uint32_t debug = 0;  ///< BCC's debug flags
  std::vector<MapSpec> exported;  ///< other probes' maps that this one may import: names, types, sizes and flags
  /// Empty and private. The client removes it, so that even a worker that is killed leaves nothing behind.
  std::string folder;
  std::string btf;  ///< a file with the types of another kernel; empty: the running one's
  /// The user's cache folder, for headers that were made before; empty where no cache is to be used.
  std::string cache;
  std::uint64_t memory = 0, seconds = 0;  ///< limits: bytes of data, CPU time; 0: none
};

/// The folders and files that flags name for the compiler: "-I/x", or "-include" and then "/x.h". It may read them, and
/// what is in them is not in the image's key.
std::vector<std::filesystem::path> paths_in(const std::vector<std::string>& flags);

std::vector<std::byte> serialize(const CompileRequest& request);
CompileRequest parse_request(std::span<const std::byte> bytes);

/// The worker's answer on its standard output: one byte that tells which, then an image or an error.
std::vector<std::byte> serialize_answer(const Image& image);
std::vector<std::byte> serialize_answer(const Error& error);

/// The image. Throws the Error that the worker sent, or Error(Stage::compile) if the answer makes no sense.
Image parse_answer(std::span<const std::byte> bytes);

}  // namespace sonda
