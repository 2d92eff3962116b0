// What a program gets at an attach point, and how C spells it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct btf;

namespace sonda {

/// An argument of a function or of a mark, or a field of a tracepoint.
struct PointArgument {
  std::string name;                     ///< "argN", from 1, where the kernel or the binary has no name for it
  std::string type;                     ///< as C spells it alone: "struct file *", "char[16]"
  std::string declaration;              ///< with its name: "struct file *file", "char prev_comm[16]"
  std::optional<std::uint32_t> offset;  ///< bytes into a tracepoint's record
  std::optional<std::uint32_t> size;    ///< bytes
  std::optional<bool> is_signed;
};

/// What there is to know of an attach point beyond its name.
struct Prototype {
  std::string declaration;  ///< "ssize_t vfs_read(struct file *file, ...)"; empty where there is no function
  std::string returns;      ///< its result's type; empty where there is none
  std::vector<PointArgument> arguments;
};

/// The type `id` of `types` as C spells it where it declares `declared`; alone, if that is empty.
std::string spell_btf(const btf& types, std::uint32_t id, std::string declared = {});

/// Of the function `id`, which is to be called `name`.
Prototype prototype_of_function(const btf& types, std::uint32_t id, std::string_view name);

/// Of the function prototype that the typedef `id` is a pointer to, as the kernel's tracepoints have it: without their
/// first argument, which programs do not get. `named`, unless it is 0, is a function with the same arguments that
/// gives them names.
Prototype prototype_of_tracepoint(const btf& types, std::uint32_t id, std::uint32_t named);

/// The members of a struct, those of unions without a name among them.
Prototype members_of_struct(const btf& types, std::uint32_t id);

}  // namespace sonda
