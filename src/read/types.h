// Small facts about types that a schema describes.
#pragma once

#include <string>

#include "sonda/schema.h"

namespace sonda {

/// The type's name for a message; an anonymous one has none of its own.
std::string title(const Type& type);

/// Whether `field` is an anonymous struct or union, whose fields belong to the struct around it.
bool is_transparent(const Schema& schema, const Field& field);

/// Whether values of `type` are plain numbers: not an enumeration, a pointer, a floating one.
bool is_plain_integer(const Type& type);

/// Whether `type` is an array of char.
bool is_text(const Schema& schema, const Type& type);

}  // namespace sonda
