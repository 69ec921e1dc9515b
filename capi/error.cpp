#include "guard.hpp"

#include <array>
#include <memory>

namespace elastiroll::capi {
namespace {

constexpr const char* out_of_memory_text =
    "out of memory; what had been begun is in its journal, and can be resumed";

/// Stands for an error that there was no memory for. Only its address is used.
elr_error* out_of_memory() noexcept {
    alignas(elr_error) static std::array<std::byte, sizeof(elr_error)> place;
    return reinterpret_cast<elr_error*>(place.data()); // NOLINT: never dereferenced
}

/// Null for NULL and for the one without memory.
const Error* error_of(const elr_error* error) noexcept {
    return error && error != out_of_memory() ? &error->error : nullptr;
}

const ErrorDetail* detail_of(const elr_error* error, std::size_t index) noexcept {
    const Error* known = error_of(error);
    return known && index < known->details.size() ? &known->details[index] : nullptr;
}

const RemoteError* remote_of(const elr_error* error) noexcept {
    const Error* known = error_of(error);
    return known && known->remote ? &*known->remote : nullptr;
}

constexpr std::array categories = {
    ErrorCategory::invalid_argument,
    ErrorCategory::not_found,
    ErrorCategory::conflict,
    ErrorCategory::unauthenticated,
    ErrorCategory::permission_denied,
    ErrorCategory::throttled,
    ErrorCategory::unavailable,
    ErrorCategory::timeout,
    ErrorCategory::rejected,
    ErrorCategory::protocol,
    ErrorCategory::drift,
    ErrorCategory::lock_held,
    ErrorCategory::cancelled,
    ErrorCategory::internal,
};

} // namespace

elr_status status_of(ErrorCategory category) noexcept {
    switch (category) {
    case ErrorCategory::invalid_argument: return ELR_ERROR_INVALID_ARGUMENT;
    case ErrorCategory::not_found: return ELR_ERROR_NOT_FOUND;
    case ErrorCategory::conflict: return ELR_ERROR_CONFLICT;
    case ErrorCategory::unauthenticated: return ELR_ERROR_UNAUTHENTICATED;
    case ErrorCategory::permission_denied: return ELR_ERROR_PERMISSION_DENIED;
    case ErrorCategory::throttled: return ELR_ERROR_THROTTLED;
    case ErrorCategory::unavailable: return ELR_ERROR_UNAVAILABLE;
    case ErrorCategory::timeout: return ELR_ERROR_TIMEOUT;
    case ErrorCategory::rejected: return ELR_ERROR_REJECTED;
    case ErrorCategory::protocol: return ELR_ERROR_PROTOCOL;
    case ErrorCategory::drift: return ELR_ERROR_DRIFT;
    case ErrorCategory::lock_held: return ELR_ERROR_LOCK_HELD;
    case ErrorCategory::cancelled: return ELR_ERROR_CANCELLED;
    case ErrorCategory::internal: return ELR_ERROR_INTERNAL;
    }
    return ELR_ERROR_INTERNAL;
}

elr_status give_out_of_memory(elr_error** error_out) noexcept {
    if (error_out)
        *error_out = out_of_memory();
    return ELR_ERROR_OUT_OF_MEMORY;
}

elr_status give_internal(const char* thrown, elr_error** error_out) noexcept {
    try {
        return give({.category = ErrorCategory::internal,
                     .message = std::string("thrown, by elastiroll or by a callback: ") + thrown +
                                "; if no callback of yours throws, please report it"},
                    error_out);
    } catch (...) {
        return give_out_of_memory(error_out);
    }
}

elr_status give(Error&& error, elr_error** error_out) noexcept {
    const elr_status status = status_of(error.category);
    if (!error_out)
        return status;
    try {
        *error_out = std::make_unique<elr_error>(std::move(error)).release();
    } catch (...) {
        return give_out_of_memory(error_out);
    }
    return status;
}

} // namespace elastiroll::capi

using namespace elastiroll::capi; // NOLINT(google-build-using-namespace): a file of C functions

const char* elr_status_name(elr_status status) {
    if (status == ELR_OK)
        return "ok";
    if (status == ELR_ERROR_OUT_OF_MEMORY)
        return "out_of_memory";
    for (const elastiroll::ErrorCategory category : categories) {
        if (status_of(category) == status)
            return elastiroll::to_string(category).data();
    }
    return "unknown";
}

elr_status elr_error_status(const elr_error* error) {
    if (!error)
        return ELR_OK;
    const auto* known = error_of(error);
    return known ? status_of(known->category) : ELR_ERROR_OUT_OF_MEMORY;
}

const char* elr_error_message(const elr_error* error) {
    const auto* known = error_of(error);
    return known ? known->message.c_str() : error ? out_of_memory_text : nullptr;
}

const char* elr_error_text(const elr_error* error) {
    return error_of(error) ? error->text.c_str() : error ? out_of_memory_text : nullptr;
}

size_t elr_error_detail_count(const elr_error* error) {
    const auto* known = error_of(error);
    return known ? known->details.size() : 0;
}

const char* elr_error_detail_path(const elr_error* error, size_t index) {
    const auto* detail = detail_of(error, index);
    return detail ? detail->path.c_str() : nullptr;
}

const char* elr_error_detail_message(const elr_error* error, size_t index) {
    const auto* detail = detail_of(error, index);
    return detail ? detail->message.c_str() : nullptr;
}

const char* elr_error_detail_fix(const elr_error* error, size_t index) {
    const auto* detail = detail_of(error, index);
    return detail ? detail->fix.c_str() : nullptr;
}

int32_t elr_error_remote_http_status(const elr_error* error) {
    const auto* remote = remote_of(error);
    return remote ? remote->http_status : 0;
}

const char* elr_error_remote_code(const elr_error* error) {
    const auto* remote = remote_of(error);
    return remote ? remote->code.c_str() : error ? "" : nullptr;
}

const char* elr_error_remote_message(const elr_error* error) {
    const auto* remote = remote_of(error);
    return remote ? remote->message.c_str() : error ? "" : nullptr;
}

const char* elr_error_remote_request_id(const elr_error* error) {
    const auto* remote = remote_of(error);
    return remote ? remote->request_id.c_str() : error ? "" : nullptr;
}

void elr_error_free(elr_error* error) {
    if (error != out_of_memory())
        delete error; // NOLINT(cppcoreguidelines-owning-memory): C gives it back
}
