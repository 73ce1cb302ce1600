//! The suite of [`Accounts`].

use std::sync::Arc;

use crate::domain::{Account, EmailAddress, PasswordHash};
use crate::ports::{Accounts, CreateAccountError};

use super::stamp::assert_is;
use super::{Spawn, at_once, samples};

/// A store without accounts.
pub trait AccountsFixture: Send + Sync {
    /// The accounts under test.
    fn accounts(&self) -> Arc<dyn Accounts>;
}

async fn kept(accounts: &dyn Accounts) -> Account {
    let account = samples::account();
    accounts.create(&account).await.unwrap();
    account
}

/// Everything that was given is kept, and found by id and by e-mail address.
pub async fn an_account_is_found_by_id_and_email(fixture: &impl AccountsFixture) {
    let accounts = fixture.accounts();
    let full = kept(&*accounts).await;
    let bare = Account {
        phone: None,
        is_admin: true,
        ..samples::account()
    };
    accounts.create(&bare).await.unwrap();
    for account in [full, bare] {
        assert_eq!(accounts.by_id(account.id).await.unwrap().as_ref(), Some(&account));
        assert_eq!(
            accounts.by_email(&account.email).await.unwrap().as_ref(),
            Some(&account)
        );
    }
}

/// What nobody made is not found.
pub async fn an_unknown_account_is_not_found(fixture: &impl AccountsFixture) {
    let accounts = fixture.accounts();
    kept(&*accounts).await;
    assert_eq!(accounts.by_id(samples::id()).await.unwrap(), None);
    assert_eq!(accounts.by_email(&samples::account().email).await.unwrap(), None);
}

/// An e-mail address belongs to one account, however it is written, and a refused account leaves nothing.
pub async fn a_taken_email_refuses_the_account_whole(fixture: &impl AccountsFixture) {
    let accounts = fixture.accounts();
    let first = kept(&*accounts).await;
    let shouted = EmailAddress::parse(&first.email.as_str().to_uppercase()).unwrap();
    let second = Account {
        email: shouted,
        ..samples::account()
    };
    assert_is!(accounts.create(&second).await, Err(CreateAccountError::EmailTaken));
    assert_eq!(accounts.by_id(second.id).await.unwrap(), None);
    assert_eq!(accounts.by_email(&first.email).await.unwrap(), Some(first));
}

/// The very same account again is refused like any other, and stays as it is.
pub async fn the_same_account_twice_is_refused(fixture: &impl AccountsFixture) {
    let accounts = fixture.accounts();
    let account = kept(&*accounts).await;
    assert_is!(accounts.create(&account).await, Err(CreateAccountError::EmailTaken));
    assert_eq!(accounts.by_id(account.id).await.unwrap(), Some(account));
}

/// A hash is replaced only while it is the one that was checked.
pub async fn a_hash_is_replaced_if_it_is_still_the_same(fixture: &impl AccountsFixture) {
    let accounts = fixture.accounts();
    let (account, other) = (kept(&*accounts).await, kept(&*accounts).await);
    let [second, third] = ["second", "third"].map(|hash| PasswordHash::new(hash.to_owned()));
    accounts.rehash(account.id, &account.password, &second).await.unwrap();
    accounts.rehash(account.id, &account.password, &second).await.unwrap();
    accounts.rehash(account.id, &account.password, &third).await.unwrap();
    accounts.rehash(samples::id(), &second, &third).await.unwrap();
    let expected = Account {
        password: second,
        ..account
    };
    assert_eq!(accounts.by_id(expected.id).await.unwrap().as_ref(), Some(&expected));
    assert_eq!(accounts.by_email(&expected.email).await.unwrap(), Some(expected));
    assert_eq!(accounts.by_id(other.id).await.unwrap(), Some(other));
}

/// The right of an administrator is kept with the account it was made with, and with no other.
pub async fn the_right_of_an_admin_is_kept(fixture: &impl AccountsFixture) {
    let accounts = fixture.accounts();
    let other = kept(&*accounts).await;
    let expected = Account {
        is_admin: true,
        ..samples::account()
    };
    accounts.create(&expected).await.unwrap();
    assert_eq!(accounts.by_id(expected.id).await.unwrap().as_ref(), Some(&expected));
    assert_eq!(accounts.by_email(&expected.email).await.unwrap(), Some(expected));
    assert_eq!(accounts.by_id(other.id).await.unwrap(), Some(other));
}

/// Of many who register one e-mail address at once, one gets it.
pub async fn one_of_many_registrations_gets_the_email(fixture: &impl AccountsFixture, spawn: &dyn Spawn) {
    let accounts = fixture.accounts();
    let email = samples::account().email;
    let results = at_once(
        spawn,
        (0..32).map(|_| {
            let (accounts, account) = (
                accounts.clone(),
                Account {
                    email: email.clone(),
                    ..samples::account()
                },
            );
            async move { accounts.create(&account).await.map(|()| account) }
        }),
    )
    .await;
    let refused = results
        .iter()
        .filter(|result| matches!(result, Err(CreateAccountError::EmailTaken)))
        .count();
    assert_eq!(refused, 31, "{results:?}");
    let winner = results.into_iter().find_map(Result::ok);
    assert_eq!(accounts.by_email(&email).await.unwrap(), winner);
}

/// Stamps the suite of the accounts; takes a future that makes an [`AccountsFixture`](crate::conformance::accounts::AccountsFixture).
#[macro_export]
macro_rules! accounts_conformance {
    ($fixture:expr) => {
        $crate::conformance_cases!(
            accounts,
            $fixture,
            cases: [
                an_account_is_found_by_id_and_email,
                an_unknown_account_is_not_found,
                a_taken_email_refuses_the_account_whole,
                the_same_account_twice_is_refused,
                a_hash_is_replaced_if_it_is_still_the_same,
                the_right_of_an_admin_is_kept,
            ],
            at_once: [
                one_of_many_registrations_gets_the_email,
            ],
        );
    };
}
