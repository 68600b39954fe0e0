//! The contract suite: what a client may rely on, on every server.
//!
//! Each function of [`registration`], [`discovery`], [`userinfo`], [`access_token`], [`logout`] and
//! [`identity`] is one promise. [`contract!`] makes a test of each for a [`Target`].
//!
//! The program `test-mock` starts the mock server for tests that are not in Rust.

#![allow(missing_docs)] // the names of the promises say what they are
#![allow(clippy::missing_panics_doc)] // a promise panics if it is broken

pub mod access_token;
pub mod comparison;
pub mod discovery;
pub mod hydra;
pub mod identity;
pub mod logout;
pub mod mock;
pub mod provider;
pub mod registration;
pub mod target;
pub mod userinfo;

pub use target::Target;

/// Makes a test of each promise. `$start` starts a target, which lives as long as its test. An
/// attribute after it is added to every test.
#[macro_export]
macro_rules! contract {
    ($start:expr $(, $attribute:meta)?) => {
        $crate::contract!(@all ($($attribute)?) $start, registration:
            registering_grants_the_metadata_and_returns_credentials,
            a_public_client_has_no_secret,
            a_read_returns_the_granted_metadata_and_keeps_the_credentials,
            a_registration_restored_by_id_and_token_can_be_read,
            an_update_changes_one_member_and_keeps_the_others,
            an_update_replaces_the_token_and_invalidates_the_old_one,
            replacing_resets_the_members_that_are_left_out,
            a_member_is_removed_only_explicitly,
            a_refused_update_changes_neither_registration_nor_token,
            a_refused_registration_is_explained,
            a_wrong_token_and_an_unknown_client_get_the_same_error,
            a_deleted_registration_no_longer_exists,
            a_keeper_finds_its_registration_again_and_follows_updates,
        );
        $crate::contract!(@all ($($attribute)?) $start, discovery:
            the_metadata_name_the_issuer_and_its_endpoints,
            metadata_of_another_issuer_are_not_used,
        );
        $crate::contract!(@all ($($attribute)?) $start, userinfo:
            an_access_token_becomes_its_user,
            userinfo_about_another_user_is_refused,
            an_invalid_access_token_is_unauthorized_with_a_challenge,
            signed_userinfo_is_not_returned_unverified,
        );
        $crate::contract!(@all ($($attribute)?) $start, access_token:
            a_jwt_access_token_names_its_client_its_user_and_its_scopes,
            a_jwt_access_token_is_valid_until_it_is_revoked,
            a_changed_jwt_access_token_is_refused_as_the_fault_of_the_client,
        );
        $crate::contract!(@all ($($attribute)?) $start, logout:
            a_logout_with_a_valid_hint_is_accepted,
            a_logout_to_an_unregistered_uri_is_refused,
        );
        $crate::contract!(@all ($($attribute)?) $start, identity:
            a_hundred_tasks_share_one_discovery,
            the_key_set_has_a_key_for_the_advertised_algorithm,
            signed_userinfo_is_verified_for_its_client,
            plain_userinfo_is_refused_if_a_signature_is_registered,
            a_change_of_keys_fails_none_of_a_thousand_calls,
            a_logout_token_is_verified_and_accepted_once,
            an_id_token_is_not_a_logout_token,
        );
    };
    (@all $attribute:tt $start:expr, $module:ident: $($promise:ident,)*) => {
        $($crate::contract!(@one $attribute $start, $module, $promise);)*
    };
    (@one ($($attribute:meta)?) $start:expr, $module:ident, $name:ident) => {
        #[tokio::test]
        $(#[$attribute])?
        async fn $name() {
            let target = $start.await;
            $crate::$module::$name(&target).await;
        }
    };
}
