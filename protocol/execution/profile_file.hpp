#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay::protocol {

/// A calibration file: what training steps cost on devices where somebody measured them, and how
/// far honest results lie apart. JSON with `"format": "assay-profile", "version": 1`; every row
/// says where it comes from. `docs` of the keys: scenarios/data/README.md.
struct ProfileFile {
  struct Model {
    std::string name;
    double parameters = 0.0;
    std::string unit;  ///< what a step processes: "token", "image"
    double units_per_step = 0.0;
    std::uint64_t operators = 0;  ///< of a step
    double largest_operator_flops = 0.0;
    std::string source;
  };
  /// A measured step. The shares of the operator classes sum to one.
  struct Step {
    std::string model;
    std::string device;  ///< its name in the catalogue
    std::string precision;
    double units_per_s = 0.0;
    double matrix_share = 0.0;
    double memory_share = 0.0;
    double overhead_share = 0.0;
    std::string published;  ///< the figure as its source gives it
    std::string source;
  };
  /// The error of a transferred step time, as factors.
  struct Band {
    double low = 1.0;
    double high = 1.0;
  };
  /// Distances are relative to the movement of the weights since the last checkpoint.
  struct Behaviour {
    std::string name;
    double cost_share = 0.0;
    double harm = 0.0;
    double median_share_of_movement = 0.0;
    double spread = 0.0;
    std::string source;
  };
  std::string name;
  std::string split_source;
  std::vector<Model> models;
  std::vector<Step> steps;
  Band near, far;
  std::string transfer_source;
  double tolerance_share_of_movement = 0.0;
  std::string tolerance_source;
  double noise_median_share_of_movement = 0.0;
  double noise_spread = 0.0;
  std::string noise_source;
  std::vector<Behaviour> behaviours;
  double checkpoint_bytes_per_parameter = 0.0;
  double hash_bytes_per_s = 0.0;
  std::string checkpoint_source;
  double order_factor = 1.0;
  std::string bitwise_source;
  double wall_watts_per_board_watt = 1.0;
  std::string energy_source;
  double referee_flops_per_s = 0.0;
  std::string referee_source;
  std::string sha256;  ///< of the file, in lower-case hexadecimal
};

/// Reads and checks a calibration file of at most 4 MiB. `sha256`: what its hash must be, or empty.
/// Throws ConfigError with everything that is wrong, each with its path in the file:
/// `profile.json: steps[3].units_per_s: found -1, expected a number from ...`.
[[nodiscard]] ProfileFile read_profile(const std::string& path, std::string_view sha256);

}  // namespace assay::protocol
