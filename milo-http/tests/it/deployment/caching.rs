//! What one instance changes, another shows.

use serde_json::json;

use super::{Deployment, Engines, Sale};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_on_one_instance_is_seen_on_the_others() {
    let deployment = Deployment::start(Engines::shared().await, 3, 1).await;
    let sale = Sale::open(&deployment).await;
    let admin = deployment.admin().await;
    let showtime = format!("/showtimes/{}", sale.showtime);
    // Every instance has it in its cache now.
    for instance in 0..3 {
        deployment.anybody_at(instance).get(&showtime).await.expect(200);
    }
    let dearer = json!({"prices": {"regular": {"amount": 1999, "currency": "USD"}}});
    let changed = deployment
        .anybody_at(0)
        .bearing(&admin.token())
        .patch(&showtime, &dearer)
        .await;
    changed.expect(200);
    for instance in 0..3 {
        deployment
            .until("the other instances show the new price", async || {
                let seen = deployment.anybody_at(instance).get(&showtime).await.expect(200).json();
                seen["prices"]["regular"]["amount"] == 1999
            })
            .await;
    }
}
