#include "target.hpp"

#include <array>

namespace elastiroll::fuzz {

std::span<const Target> targets() {
    // The names are those of the folders of corpus/.
    static constexpr std::array all{
        Target{"document", broken_document_law},
        Target{"ini", broken_ini_law},
        Target{"spec", broken_spec_law},
        Target{"journal", broken_journal_law},
        Target{"spot-answer", broken_spot_answer_law},
        Target{"spot-list", broken_spot_list_law},
        Target{"spot-credentials", broken_spot_credentials_law},
#ifdef ELASTIROLL_FUZZ_AWS
        Target{"xml", broken_xml_law},
        Target{"aws-answer", broken_aws_answer_law},
        Target{"aws-credentials", broken_aws_credentials_law},
        Target{"aws-profiles", broken_aws_profiles_law},
#endif
#ifdef ELASTIROLL_FUZZ_CAPI
        Target{"capi", broken_capi_law},
#endif
    };
    return all;
}

} // namespace elastiroll::fuzz
