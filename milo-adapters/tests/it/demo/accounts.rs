use milo_adapters::demo::{Accounts, DemoLogin};
use milo_adapters::memory::SeededIds;
use milo_adapters::system::SystemIds;
use milo_core::Milo;
use milo_core::accounts::Login;
use milo_core::domain::{Caller, Password};

use super::{empty, time};

async fn sign_in(milo: &Milo, login: &DemoLogin) -> Caller {
    let tokens = milo
        .accounts()
        .login(Login {
            email: Some(login.email.clone()),
            password: Some(login.password.clone()),
            address: None,
        })
        .await
        .unwrap();
    milo.accounts().verify(&tokens.access_token).unwrap()
}

#[tokio::test]
async fn both_accounts_sign_in_and_only_one_keeps_the_catalogue() {
    let milo = empty(time("2026-11-23T15:00:00Z"));
    let accounts = Accounts::random(&SeededIds::new(5));
    let opened = accounts.open(&milo).await.unwrap();
    let (keeper, ann) = (
        sign_in(&milo, &accounts.admin).await,
        sign_in(&milo, &accounts.customer).await,
    );
    assert_eq!(keeper.as_admin(), Some(opened.admin));
    assert!(opened.are_new);
    assert_eq!(ann.as_admin(), None);
}

#[tokio::test]
async fn chosen_passwords_are_kept() {
    let milo = empty(time("2026-11-23T15:00:00Z"));
    let password = |text| Password::parse(text).unwrap();
    let accounts = Accounts::new(password("keeps the catalogue"), password("buys the tickets"));
    accounts.open(&milo).await.unwrap();
    sign_in(&milo, &accounts.admin).await;
    sign_in(&milo, &accounts.customer).await;
}

#[test]
fn random_passwords_differ_with_each_account_and_each_start() {
    let (first, second) = (Accounts::random(&SystemIds), Accounts::random(&SystemIds));
    let passwords = [&first.admin, &first.customer, &second.admin, &second.customer].map(|login| &login.password);
    for (index, password) in passwords.iter().enumerate() {
        assert!(!passwords[..index].contains(password));
    }
}
