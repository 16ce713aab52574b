#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/execution/execution.hpp"

namespace assay::protocol {

/// A calibration file: what training steps cost on devices where somebody measured them, and how
/// far honest results lie apart. JSON with `"format": "assay-profile", "version": 2`; every part
/// says where it comes from. The keys are described in scenarios/data/README.md.
struct ProfileFile {
  /// Of what kind a number is, and who says so.
  struct Origin {
    std::string kind;  ///< measured | published | analytic | chosen
    std::string source;
  };
  /// How the file came about.
  struct Made {
    std::string date;
    std::string command;
    std::string machine;
    std::string software;
    std::string conditions;  ///< what else ran, clocks, what was left out
  };
  struct Model {
    std::string name;
    double parameters = 0.0;
    std::string unit;  ///< what a step processes: "token", "image"
    double units_per_step = 0.0;
    std::uint64_t operators = 0;  ///< of a step
    double largest_operator_flops = 0.0;
    Origin origin;
  };
  /// The error of a time, as factors: it lies between `low` and `high` times its value.
  struct Band {
    double low = 1.0;
    double high = 1.0;
  };
  /// A step's time on one device. The shares of the operator classes sum to one.
  struct Step {
    std::string model;
    std::string device;  ///< its name in the catalogue
    std::string backend;
    bool bitwise = false;   ///< in arithmetic that gives every device the same bits
    std::string precision;  ///< of its matrix products, one of `kPrecisions`
    double units_per_s = 0.0;
    Band spread;  ///< of the mean step's time, on which costs rest; not of single steps
    double matrix_share = 0.0;
    double memory_share = 0.0;
    double overhead_share = 0.0;
    std::optional<double> watts;  ///< of the device while it trains; none: nobody measured it
    std::string figure;           ///< as its source gives it
    Origin origin;
  };
  /// How far results of one way of working lie from an honest repetition, relative to the movement
  /// of the weights since the last checkpoint: log-normal.
  struct Distance {
    double median_share_of_movement = 0.0;  ///< 0: none, always
    double spread = 0.0;                    ///< standard deviation of the logarithm
    std::optional<HeldOut> held_out;
    Origin origin;
  };
  struct Behaviour {
    std::string name;
    double cost_share = 0.0;
    double harm = 0.0;
    Distance distance;
  };
  /// A tolerance and what it tells apart, for one optimizer, precision and checkpoint interval.
  struct Comparison {
    std::string name;
    std::string optimizer;
    std::string precision;
    std::uint64_t interval_steps = 1;
    double tolerance_share_of_movement = 0.0;
    Origin tolerance_origin;
    Distance honest;
    std::vector<Behaviour> behaviours;
  };
  std::string name;
  Made made;
  Origin split_origin;
  std::vector<Model> models;
  std::vector<Step> steps;
  /// The error of a step moved to another device: between architectures for which that was tested
  /// and found good, between other cards, and between a card and a processor.
  Band near, far, apart;
  Origin transfer_origin;
  std::vector<Comparison> comparisons;
  double checkpoint_bytes_per_parameter = 0.0;
  double hash_bytes_per_s = 0.0;
  Origin checkpoint_origin;
  double order_factor = 1.0;
  Origin bitwise_origin;
  double wall_watts_per_board_watt = 1.0;
  Origin energy_origin;
  double referee_flops_per_s = 0.0;
  Origin referee_origin;
  std::string sha256;  ///< of the file, in lower-case hexadecimal
};

/// Reads and checks a calibration file of at most 4 MiB. `sha256`: what its hash must be, or empty.
/// Throws ConfigError with everything that is wrong, each with its path in the file:
/// `profile.json: steps[3].units_per_s: found -1, expected a number from ...`.
[[nodiscard]] ProfileFile read_profile(const std::string& path, std::string_view sha256);

/// The file's text, which `read_profile` takes back to the same values.
[[nodiscard]] std::string profile_text(const ProfileFile& profile);

}  // namespace assay::protocol
