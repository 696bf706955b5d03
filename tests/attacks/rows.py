"""The 36 published attacks, and the tests that try each of them against the Python clients and the vault.

The numbers are those of the threat model's list of attacks. A row counts as refused if every test
of it ran and passed; a skipped test proves nothing.
"""

from dataclasses import dataclass

KEYS = "tests/attacks/test_keys.py::"
HISTORY = "tests/attacks/test_history.py::"
USES = "tests/attacks/test_uses.py::"
DEVICES = "tests/attacks/test_devices.py::"
SEALING = "tests/sdk/sealing/test_attacks.py::"
CONTEXTS = "tests/sdk/sealing/test_contexts.py::"
RECORDS = "tests/records/"


@dataclass(frozen=True, slots=True)
class Row:
    """One attack: what is tried, and which tests try it."""

    attack: str
    tests: tuple[str, ...]


ROWS: dict[int, Row] = {
    1: Row(
        "a sealed key is altered",
        (KEYS + "test_a_byte_changed_in_any_sealed_blob_gives_a_typed_error_and_no_plaintext",),
    ),
    2: Row(
        "the vault seals a key of its own",
        (
            KEYS + "test_a_root_key_of_the_vaults_own_sealed_to_the_device_is_refused",
            KEYS + "test_a_collection_key_of_the_vaults_own_is_refused",
            KEYS + "test_a_grant_key_of_the_vaults_own_sealed_to_the_partner_is_refused",
        ),
    ),
    3: Row(
        "another partner's keys under the same name",
        (KEYS + "test_other_keys_under_the_partners_name_are_refused_before_anything_is_sealed_to_them",),
    ),
    4: Row("fields are swapped", (HISTORY + "test_sealed_fields_in_each_others_place_are_refused",)),
    5: Row(
        "fields are dropped, added or of mixed versions",
        (
            HISTORY + "test_a_field_dropped_added_cut_or_extended_is_refused",
            HISTORY + "test_one_item_in_its_older_version_among_newer_ones_is_refused",
        ),
    ),
    6: Row(
        "everything is rolled back",
        (
            HISTORY + "test_yesterdays_database_stops_a_device_that_saw_more",
            HISTORY + "test_an_older_account_chain_stops_a_device_that_saw_a_newer",
            HISTORY + "test_an_older_chain_of_receipts_stops_a_device_that_saw_a_newer",
            HISTORY + "test_a_brand_new_device_is_shown_no_journal_older_than_the_account_chain",
        ),
    ),
    7: Row(
        "two devices are shown two histories",
        (
            HISTORY + "test_two_devices_on_a_forking_vault_find_out_when_they_compare_heads",
            HISTORY + "test_a_device_that_is_kept_behind_finds_out_when_it_compares_heads",
        ),
    ),
    8: Row(
        "chunks are reordered, cut or added",
        (
            HISTORY + "test_chunks_of_a_long_blob_cannot_be_reordered_cut_or_joined",
            SEALING + "test_a_blob_of_another_length_is_refused_before_a_range_of_it_is_read",
        ),
    ),
    9: Row(
        "the cost of guessing is lowered",
        (
            KEYS + "test_a_lowered_cost_or_another_salt_opens_nothing",
            KEYS + "test_a_cost_below_the_least_is_refused_before_the_vault_hears_of_it",
            SEALING + "test_a_vault_cannot_lower_the_cost_of_guessing_a_password",
        ),
    ),
    10: Row(
        "an older format is offered",
        (
            HISTORY + "test_a_blob_of_another_version_is_refused",
            HISTORY + "test_a_chain_entry_with_another_header_is_refused",
        ),
    ),
    11: Row(
        "old accounts keep a low cost",
        (DEVICES + "test_a_password_of_a_lower_cost_gets_a_new_locker_when_it_is_next_opened",),
    ),
    12: Row(
        "metadata in the clear",
        (
            USES + "test_no_word_of_the_data_is_stored_sent_or_answered_in_the_clear",
            SEALING + "test_nothing_the_vault_stores_shows_a_name_a_value_a_kind_or_a_label",
        ),
    ),
    13: Row(
        "one ciphertext, two keys", (SEALING + "test_one_ciphertext_cannot_be_made_to_open_under_two_keys",)
    ),
    14: Row(
        "a partitioning oracle on passwords",
        (KEYS + "test_the_vault_learns_nothing_about_a_password_by_what_it_stores",),
    ),
    15: Row(
        "errors that tell which guess was closer",
        (SEALING + "test_every_failure_to_open_has_the_same_text_and_no_cause",),
    ),
    16: Row(
        "one key for two purposes",
        (
            CONTEXTS + "test_every_context_is_used_and_by_one_file_alone_for_deriving_or_sealing",
            CONTEXTS + "test_each_label_stands_on_one_line_and_is_named_like_its_function",
        ),
    ),
    17: Row(
        "items planted by the vault",
        (
            HISTORY + "test_an_item_that_the_vault_signed_is_refused",
            HISTORY + "test_a_locker_that_was_removed_plants_nothing_with_the_vaults_help",
            KEYS + "test_a_device_that_the_vault_added_to_the_chain_is_refused",
        ),
    ),
    18: Row(
        "enrolment that the vault demands",
        (KEYS + "test_a_recovery_locker_that_the_vault_demands_gets_nothing_sealed",),
    ),
    19: Row("a key in a request", (KEYS + "test_no_request_of_a_whole_life_carries_a_key_or_a_secret",)),
    20: Row(
        "a device registered by a mailed code",
        (KEYS + "test_a_new_device_gets_in_by_a_locker_and_by_nothing_else",),
    ),
    21: Row(
        "one statement passed for another",
        (
            RECORDS + "test_hostile_bytes.py::test_a_record_of_one_kind_is_none_of_another",
            HISTORY + "test_a_chain_entry_with_another_header_is_refused",
        ),
    ),
    22: Row(
        "signed bytes that two readers read differently",
        (
            RECORDS + "test_vectors.py::test_a_vector_comes_out_as_it_says",
            RECORDS + "test_hostile_bytes.py::test_base64_is_read_in_one_form_only",
        ),
    ),
    23: Row(
        "a grant used by another, too late, or too often",
        (
            USES + "test_a_grant_opens_nothing_for_another_partner",
            USES + "test_a_grant_opens_nothing_after_its_last_use",
            USES + "test_a_grant_opens_nothing_after_it_was_taken_back",
            USES + "test_a_grant_opens_nothing_after_it_expired",
            USES + "test_a_use_dated_outside_the_window_is_refused",
        ),
    ),
    24: Row(
        "a request replayed or with another body",
        (
            "tests/vault/test_signed_requests.py::test_a_body_other_than_the_signed_one_is_refused",
            "tests/vault/test_signed_requests.py::test_a_signature_for_another_url_is_refused",
            USES + "test_a_signed_request_sent_again_is_refused",
        ),
    ),
    25: Row("sizes that tell a secret", (SEALING + "test_values_of_one_size_bucket_look_alike",)),
    26: Row(
        "signatures that verifiers disagree about",
        (
            RECORDS + "test_keys.py::test_a_weak_or_malformed_key_is_refused_where_it_comes_in",
            RECORDS + "test_keys.py::test_a_key_refuses_signatures_with_a_small_order_part_in_r",
        ),
    ),
    27: Row(
        "an inner node passed for a leaf",
        (
            "tests/anchor/test_merkle.py::test_a_node_handed_in_as_a_leaf_needs_a_size_that_was_never_signed",
            "tests/anchor/test_merkle.py::test_the_63_byte_entry_that_meets_a_lone_leaf_prefix_is_refused",
        ),
    ),
    28: Row(
        "a MAC over the wrong bytes",
        (
            CONTEXTS + "test_a_change_in_any_part_changes_the_context",
            KEYS + "test_every_byte_that_a_root_mac_stands_for_changes_it",
        ),
    ),
    29: Row(
        "changed code for one user",
        (
            DEVICES + "test_changed_code_for_one_person_is_found_out_from_outside",
            DEVICES + "test_a_whole_other_version_for_one_person_is_found_out_by_its_hash",
            "tests/vault/test_web.py::test_the_page_comes_under_a_policy_that_lets_nothing_else_in",
            "tests/vault/test_web.py::test_a_changed_file_is_found_out_before_it_is_served",
        ),
    ),
    30: Row(
        "a script that reads keys",
        (
            DEVICES + "test_a_script_that_reads_the_memory_takes_no_key_away",
            DEVICES + "test_what_is_sealed_under_one_name_is_not_read_under_another",
            DEVICES + "test_no_key_shows_itself_where_objects_are_printed",
        ),
    ),
    31: Row(
        "salts that repeat after a restore",
        (
            SEALING + "test_a_restored_snapshot_repeats_no_salt_because_sealing_keeps_no_state",
            KEYS + "test_a_hundred_thousand_seals_repeat_no_salt",
        ),
    ),
    32: Row(
        "equal values that show",
        (
            SEALING + "test_equal_values_sealed_a_thousand_times_are_a_thousand_different_blobs",
            USES + "test_two_owners_with_the_same_export_share_no_id_and_no_sealed_byte",
        ),
    ),
    33: Row(
        "a verification that nobody looks at",
        (SEALING + "test_nothing_that_opens_or_verifies_answers_with_a_bool",),
    ),
    34: Row(
        "an export in the clear",
        ("tests/sdk/bundle/test_bundle.py::test_nothing_in_a_bundle_is_in_the_clear",),
    ),
    35: Row(
        "uses that are hidden",
        (
            HISTORY + "test_a_use_that_the_vault_hides_leaves_a_gap",
            HISTORY + "test_the_newest_use_hidden_contradicts_the_vaults_own_statement",
        ),
    ),
    36: Row(
        "an account made up around public keys",
        (KEYS + "test_an_account_made_up_around_a_phrases_public_keys_is_refused_on_a_new_device",),
    ),
}
