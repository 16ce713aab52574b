#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace assay::backend {

/// Dense, row-major fp32, in the processor's memory.
using Tensor = std::vector<float>;

/// Numbers in the memory of a device. They are written once.
class DeviceNumbers {
 public:
  virtual ~DeviceNumbers() = default;
  [[nodiscard]] virtual std::size_t size() const = 0;
  /// Waits until the device has computed them. `here` is as large. Throws as the runner whose they
  /// are.
  virtual void copy_to(std::span<float> here) const = 0;
};

/// A tensor of a training step, whose numbers lie where they were computed: in the processor's
/// memory, on a device, or in both. Those on a device are copied when somebody looks at them here.
/// Copies of a value share what is on the device. Not to be used by two threads at once.
class Value {
 public:
  Value() = default;
  Value(Tensor numbers) : here_(std::move(numbers)) {}  // NOLINT: a tensor is a value
  explicit Value(std::shared_ptr<const DeviceNumbers> numbers) : there_(std::move(numbers)) {}

  [[nodiscard]] std::size_t size() const { return there_ ? there_->size() : here_.size(); }
  /// Throws as `DeviceNumbers::copy_to`.
  [[nodiscard]] const Tensor& numbers() const;
  [[nodiscard]] const float* data() const { return numbers().data(); }
  [[nodiscard]] auto begin() const { return numbers().begin(); }
  [[nodiscard]] auto end() const { return numbers().end(); }
  [[nodiscard]] float operator[](std::size_t i) const { return numbers()[i]; }
  /// To change them; what was on a device is given up.
  [[nodiscard]] std::span<float> edit();

  [[nodiscard]] const std::shared_ptr<const DeviceNumbers>& on_device() const { return there_; }
  /// Says that a device has the same numbers too.
  void keep_on_device(std::shared_ptr<const DeviceNumbers> numbers) const {
    there_ = std::move(numbers);
  }

  bool operator==(const Value& other) const { return numbers() == other.numbers(); }

 private:
  // What is known of the numbers' places changes without changing the numbers.
  mutable Tensor here_;  // empty while they are on the device only
  mutable std::shared_ptr<const DeviceNumbers> there_;
};

/// The values that an operator reads and those that it writes, in its order.
using InputValues = std::span<const Value* const>;
using OutputValues = std::span<Value* const>;

}  // namespace assay::backend
