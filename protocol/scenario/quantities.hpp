#pragma once

#include <compare>
#include <cstdint>

#include "protocol/money.hpp"
#include "sim/time.hpp"

namespace assay::protocol {

// Physical quantities that scenarios state with a unit. Times and money are integers and live in
// sim/time.hpp and protocol/money.hpp.

struct Bytes {  ///< `64 GiB`, `350 MB`
  std::int64_t count = 0;
  friend constexpr auto operator<=>(Bytes, Bytes) = default;
};
struct BytesPerSecond {  ///< `100 Mbit/s`, `6 GB/s`
  double value = 0.0;
  friend constexpr auto operator<=>(BytesPerSecond, BytesPerSecond) = default;
};
struct Watts {  ///< `350 W`, `1.2 kW`
  double value = 0.0;
  friend constexpr auto operator<=>(Watts, Watts) = default;
};
struct UsdPerHour {  ///< `0.40 USD/h`
  Usd an_hour;
  friend constexpr auto operator<=>(UsdPerHour, UsdPerHour) = default;
};
struct UsdPerKwh {  ///< `0.15 USD/kWh`
  Usd a_kwh;
  friend constexpr auto operator<=>(UsdPerKwh, UsdPerKwh) = default;
};
struct TokenPrice {  ///< `0.10 USD/tok`
  Usd a_token = Usd::whole(1);
  friend constexpr auto operator<=>(TokenPrice, TokenPrice) = default;
  [[nodiscard]] constexpr Price price() const { return {a_token.micro(), 1'000'000}; }
};

}  // namespace assay::protocol
