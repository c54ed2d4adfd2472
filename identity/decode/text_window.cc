#include "text_window.h"

#include <algorithm>

namespace assent {

bool TextWindow::fill_to(std::size_t i) {
  while (begin_ + i >= end_ && !ended_) {
    if (begin_ > 0) {
      std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
                buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
      end_ -= begin_;
      begin_ = 0;
    }
    if (buffer_.size() < end_ + chunk_bytes_) buffer_.resize(2 * end_ + chunk_bytes_);
    auto got = text_->read({buffer_.data() + end_, chunk_bytes_});
    if (!got.ok()) failure_ = got.error();
    ended_ = !got.ok() || *got == 0;
    if (got.ok()) end_ += *got;
  }
  return begin_ + i < end_;
}

}  // namespace assent
