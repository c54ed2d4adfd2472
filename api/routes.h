#pragma once

#include "api/router.h"
#include "api/services.h"

namespace assent {

// A handler behind the door: the caller is admitted for the route's action before it runs.
using GuardedHandler = std::function<Response(const Request&, const Caller&, Services&)>;

// The whole surface on one page (routes.cc). `services` must outlive the router.
Router make_routes(Services& services);

// Each resource in a file of its own: authenticate (done), parse, one service call, render.
Response create_token(const Request& request, const Caller& caller, Services& services);
Response list_tokens(const Request& request, const Caller& caller, Services& services);
Response revoke_token(const Request& request, const Caller& caller, Services& services);
Response list_sources(const Request& request, const Caller& caller, Services& services);
Response create_import(const Request& request, const Caller& caller, Services& services);
Response import_rejects(const Request& request, const Caller& caller, Services& services);
Response record_consent(const Request& request, const Caller& caller, Services& services);
Response register_recipient(const Request& request, const Caller& caller, Services& services);
Response list_recipients(const Request& request, const Caller& caller, Services& services);
Response create_release(const Request& request, const Caller& caller, Services& services);
Response read_release(const Request& request, const Caller& caller, Services& services);
Response list_releases(const Request& request, const Caller& caller, Services& services);
Response download_release(const Request& request, const Caller& caller, Services& services);
Response compute_segments(const Request& request, const Caller& caller, Services& services);
Response count_segment(const Request& request, const Caller& caller, Services& services);
Response preview_decision(const Request& request, const Caller& caller, Services& services);
Response read_profile(const Request& request, const Caller& caller, Services& services);
Response consent_history(const Request& request, const Caller& caller, Services& services);
Response create_request(const Request& request, const Caller& caller, Services& services);
Response read_request(const Request& request, const Caller& caller, Services& services);
Response read_certificate(const Request& request, const Caller& caller, Services& services);
Response search_people(const Request& request, const Caller& caller, Services& services);
Response unmerge_record(const Request& request, const Caller& caller, Services& services);
Response rotate_record_key(const Request& request, const Caller& caller, Services& services);
Response explain_link(const Request& request, const Caller& caller, Services& services);
Response log_checkpoint(const Request& request, const Caller& caller, Services& services);
Response log_policy(const Request& request, const Caller& caller, Services& services);
Response log_proof(const Request& request, const Caller& caller, Services& services);
Response log_entries(const Request& request, const Caller& caller, Services& services);
Response record_trail(const Request& request, const Caller& caller, Services& services);
Response log_bundle(const Request& request, const Caller& caller, Services& services);
Response metrics(const Request& request, const Caller& caller, Services& services);
Response published_checkpoint(const Request& request, const Caller& caller, Services& services);
Response published_retention(const Request& request, const Caller& caller, Services& services);
Response published_tile(const Request& request, const Caller& caller, Services& services);
Response published_timestamps(const Request& request, const Caller& caller, Services& services);
Response published_timestamp(const Request& request, const Caller& caller, Services& services);
Response health(const Request& request, Services& services);
Response ready(const Request& request, Services& services);
Response openapi(const Request& request, Services& services);

}  // namespace assent
