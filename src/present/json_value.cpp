#include "present/json_value.h"

#include <nlohmann/json.hpp>

#include "base/escape.h"

namespace sonda::present {
namespace {

struct AsJson {
  Json operator()(const std::string& text) const { return to_valid_utf8(text); }
  Json operator()(const Named& item) const { return item.name.empty() ? Json(item.number) : Json(item.name); }
  Json operator()(const List& list) const {
    auto array = Json::array();
    for (const auto& item : list) array.push_back(to_json(item));
    return array;
  }
  Json operator()(const Fields& fields) const {
    auto object = Json::object();
    for (const auto& [name, value] : fields) object[name] = to_json(value);
    return object;
  }
  template <class Plain>
  Json operator()(Plain value) const {
    return value;
  }
};

}  // namespace

Json to_json(const Value& value) { return std::visit(AsJson{}, value.storage()); }

}  // namespace sonda::present
