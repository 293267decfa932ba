//! The table as Terraform makes it (`infra/suite/state.tf`), for tests and emulators: keys, the index of what is open, one index for each channel.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html>

use aws_sdk_dynamodb::{
    operation::create_table::builders::CreateTableFluentBuilder,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
        ScalarAttributeType,
    },
};
use plimsoll_message::ChannelId;
use plimsoll_pipeline::StoreError;

use crate::{
    Clients, DueIndex,
    error::explain,
    item::{OPEN_INDEX, OPEN_PK, OPEN_SK, PK, SK},
};

/// Makes the table, ready for those channels. Production tables come from Terraform, which adds what an emulator has
/// no use for: a stream, recovery to a point in time, protection against deletion.
///
/// # Errors
/// The table exists already, or cannot be made; the error says why.
pub async fn create_table(clients: &Clients, table: &str, channels: &[ChannelId]) -> Result<(), StoreError> {
    let failed = |reason: String| StoreError::new("create_table", format!("table {table}"), reason);
    let request = clients.dynamodb().create_table().table_name(table).billing_mode(BillingMode::PayPerRequest);
    let request = with_keys(request, channels).map_err(|e| failed(e.to_string()))?;
    request.send().await.map_err(|e| failed(explain(&e)))?;
    Ok(())
}

fn with_keys(
    mut request: CreateTableFluentBuilder,
    channels: &[ChannelId],
) -> Result<CreateTableFluentBuilder, aws_sdk_dynamodb::error::BuildError> {
    for (name, kind) in [(PK, KeyType::Hash), (SK, KeyType::Range)] {
        request = request.attribute_definitions(text_attribute(name)?).key_schema(key(name, kind)?);
    }
    request = request
        .attribute_definitions(text_attribute(OPEN_PK)?)
        .attribute_definitions(text_attribute(OPEN_SK)?)
        .global_secondary_indexes(
            GlobalSecondaryIndex::builder()
                .index_name(OPEN_INDEX)
                .key_schema(key(OPEN_PK, KeyType::Hash)?)
                .key_schema(key(OPEN_SK, KeyType::Range)?)
                .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
                .build()?,
        );
    for index in channels.iter().map(DueIndex::of) {
        request = request
            .attribute_definitions(text_attribute(&index.partition)?)
            .attribute_definitions(text_attribute(&index.sort)?)
            .global_secondary_indexes(
                GlobalSecondaryIndex::builder()
                    .index_name(&index.name)
                    .key_schema(key(&index.partition, KeyType::Hash)?)
                    .key_schema(key(&index.sort, KeyType::Range)?)
                    .projection(
                        Projection::builder()
                            .projection_type(ProjectionType::Include)
                            .non_key_attributes(&index.at)
                            .build(),
                    )
                    .build()?,
            );
    }
    Ok(request)
}

fn text_attribute(name: &str) -> Result<AttributeDefinition, aws_sdk_dynamodb::error::BuildError> {
    AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build()
}

fn key(name: &str, kind: KeyType) -> Result<KeySchemaElement, aws_sdk_dynamodb::error::BuildError> {
    KeySchemaElement::builder().attribute_name(name).key_type(kind).build()
}
