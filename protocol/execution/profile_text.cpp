#include <nlohmann/json.hpp>

#include "protocol/execution/profile_file.hpp"

// The writing half of the format; profile_file.cpp reads it.
namespace assay::protocol {
namespace {

using Json = nlohmann::ordered_json;

/// `fields`, closed by where they come from.
Json with(Json fields, const ProfileFile::Origin& origin) {
  fields["kind"] = origin.kind;
  fields["source"] = origin.source;
  return fields;
}

Json json_of(const ProfileFile::Band& band) { return {{"low", band.low}, {"high", band.high}}; }

Json json_of(const ProfileFile::Model& model) {
  return with({{"name", model.name},
               {"parameters", model.parameters},
               {"unit", model.unit},
               {"units_per_step", model.units_per_step},
               {"operators", model.operators},
               {"largest_operator_flops", model.largest_operator_flops}},
              model.origin);
}

Json json_of(const ProfileFile::Step& step) {
  return with({{"model", step.model},
               {"device", step.device},
               {"backend", step.backend},
               {"bitwise", step.bitwise},
               {"precision", step.precision},
               {"units_per_s", step.units_per_s},
               {"low", step.spread.low},
               {"high", step.spread.high},
               {"matrix_share", step.matrix_share},
               {"memory_share", step.memory_share},
               {"overhead_share", step.overhead_share},
               {"watts", step.watts ? Json(*step.watts) : Json(nullptr)},
               {"figure", step.figure}},
              step.origin);
}

/// Lays a distance over `fields`.
Json with(Json fields, const ProfileFile::Distance& distance) {
  fields["median_share_of_movement"] = distance.median_share_of_movement;
  fields["spread"] = distance.spread;
  fields["held_out"] = nullptr;
  if (distance.held_out) {
    fields["held_out"] = {{"rejected", distance.held_out->rejected}, {"of", distance.held_out->of}};
  }
  return with(std::move(fields), distance.origin);
}

Json json_of(const ProfileFile::Comparison& row) {
  Json behaviours = Json::array();
  for (const ProfileFile::Behaviour& behaviour : row.behaviours) {
    behaviours.push_back(with(
        {{"name", behaviour.name}, {"cost_share", behaviour.cost_share}, {"harm", behaviour.harm}},
        behaviour.distance));
  }
  return {{"name", row.name},
          {"optimizer", row.optimizer},
          {"precision", row.precision},
          {"interval_steps", row.interval_steps},
          {"tolerance",
           with({{"share_of_movement", row.tolerance_share_of_movement}}, row.tolerance_origin)},
          {"honest", with(Json::object(), row.honest)},
          {"behaviours", std::move(behaviours)}};
}

template <class T>
Json list(const std::vector<T>& rows) {
  Json json = Json::array();
  for (const T& row : rows) json.push_back(json_of(row));
  return json;
}

}  // namespace

std::string profile_text(const ProfileFile& profile) {
  Json json;
  json["format"] = "assay-profile";
  json["version"] = 2;
  json["name"] = profile.name;
  json["made"] = {{"date", profile.made.date},
                  {"command", profile.made.command},
                  {"machine", profile.made.machine},
                  {"software", profile.made.software},
                  {"conditions", profile.made.conditions}};
  json["split"] = with(Json::object(), profile.split_origin);
  json["models"] = list(profile.models);
  json["steps"] = list(profile.steps);
  json["transfer"] = with({{"near", json_of(profile.near)},
                           {"far", json_of(profile.far)},
                           {"apart", json_of(profile.apart)}},
                          profile.transfer_origin);
  json["comparisons"] = list(profile.comparisons);
  json["checkpoint"] = with({{"bytes_per_parameter", profile.checkpoint_bytes_per_parameter},
                             {"hash_bytes_per_s", profile.hash_bytes_per_s}},
                            profile.checkpoint_origin);
  json["bitwise"] = with({{"order_factor", profile.order_factor}}, profile.bitwise_origin);
  json["energy"] = with({{"wall_watts_per_board_watt", profile.wall_watts_per_board_watt}},
                        profile.energy_origin);
  json["referee"] = with({{"flops_per_s", profile.referee_flops_per_s}}, profile.referee_origin);
  return json.dump(2) + "\n";
}

}  // namespace assay::protocol
