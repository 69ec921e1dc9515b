#pragma once

#include "spec_texts.hpp"

#include <elastiroll/base/document.hpp>
#include <elastiroll/spec/resolve.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace elastiroll::test {

/// A text that is known to be JSON; anything else becomes null, which no test expects.
inline Document json(std::string_view text) {
    auto document = parse_document(text);
    return document ? std::move(*document) : Document();
}

/// A document that resolves; the rows of bad_documents.json each spoil it in one place.
inline Document base_document() { return *json(bad_documents_json()).find("base"); }

/// A place in a document, by keys and indices: `at(document, {"workflows", "0", "phases"})`.
inline Document& at(Document& document, std::initializer_list<std::string_view> keys) {
    Document* place = &document;
    for (const std::string_view key : keys) {
        Document* below = nullptr;
        if (auto* items = place->as_array())
            below = &items->at(static_cast<std::size_t>(std::stoul(std::string(key))));
        else
            below = place->find(key);
        place = below != nullptr ? below : &place->set(key, Document());
    }
    return *place;
}

inline Document& group_of(Document& document) {
    return at(document, {"infrastructures", "0", "elastigroup", "group"});
}

inline Document& workflow_of(Document& document) { return at(document, {"workflows", "0"}); }

inline std::vector<std::string> paths_of(const Error& error) {
    std::vector<std::string> paths;
    for (const ErrorDetail& detail : error.details)
        paths.push_back(detail.path);
    return paths;
}

/// What resolving finds, path by path; empty where it succeeds.
inline std::vector<std::string> findings_of(const Document& document,
                                            const ResolveRequest& request = {}) {
    const auto spec = resolve_spec(document, request);
    return spec ? std::vector<std::string>() : paths_of(spec.error());
}

/// All of the error as one text.
inline std::string complaint_of(const Document& document, const ResolveRequest& request = {}) {
    const auto spec = resolve_spec(document, request);
    return spec ? std::string() : to_string(spec.error());
}

/// The spec; a default one, which no test expects, where it fails.
inline DeploymentSpec resolved(const Document& document, const ResolveRequest& request = {}) {
    auto spec = resolve_spec(document, request);
    return spec ? std::move(*spec) : DeploymentSpec();
}

} // namespace elastiroll::test
