"""The API's custom fields, custom values, custom objects with their records, and associations."""

from api.routes import route
from objects.api import associations, custom_fields, custom_values, object_fields, records, schemas

routes = [
    route(
        "locations/<id:location>/customFields",
        custom_fields.CustomFields,
        GET="get-custom-fields",
        POST="create-custom-field",
    ),
    route(
        "locations/<id:location>/customFields/<id:field>",
        custom_fields.OneCustomField,
        GET="get-custom-field",
        PUT="update-custom-field",
        DELETE="delete-custom-field",
    ),
    route(
        "locations/<id:location>/customValues",
        custom_values.CustomValues,
        GET="get-custom-values",
        POST="create-custom-value",
    ),
    route(
        "locations/<id:location>/customValues/<id:value>",
        custom_values.OneCustomValue,
        GET="get-custom-value",
        PUT="update-custom-value",
        DELETE="delete-custom-value",
    ),
    route("objects", schemas.Objects, GET="get-object-by-location-id", POST="create-custom-object-schema"),
    route("objects/<key:key>", schemas.OneObject, GET="get-object-schema-by-key", PUT="update-custom-object"),
    route("objects/<key:schema>/records", records.Records, POST="create-object-record"),
    route("objects/<key:schema>/records/search", records.SearchRecords, POST="search-object-records"),
    route(
        "objects/<key:schema>/records/<id:record>",
        records.OneRecord,
        GET="get-record-by-id",
        PUT="update-object-record",
        DELETE="delete-object-record",
    ),
    route("custom-fields", object_fields.Fields, POST="create-custom-field"),
    route("custom-fields/object-key/<key:kind>", object_fields.FieldsOfObject, GET="get-custom-fields-by-object-key"),
    route("custom-fields/folder", object_fields.Folders, POST="create-custom-field-folder"),
    route(
        "custom-fields/folder/<id:folder>",
        object_fields.OneFolder,
        PUT="update-custom-field-folder",
        DELETE="delete-custom-field-folder",
    ),
    route(
        "custom-fields/<id:field>",
        object_fields.OneField,
        GET="get-custom-field-by-id",
        PUT="update-custom-field",
        DELETE="delete-custom-field",
    ),
    route("associations", associations.Associations, GET="find-associations", POST="create-association"),
    route("associations/key/<key:key>", associations.AssociationByKey, GET="get-association-key-by-key-name"),
    route("associations/objectKey/<key:kind>", associations.AssociationsOfObject, GET="get-association-by-object-keys"),
    route("associations/relations", associations.Relations, POST="create-relation"),
    route(
        "associations/relations/<id:record>",
        associations.RelationsOfRecord,
        GET="get-relations-by-record-id",
        DELETE="delete-relation",
    ),
    route(
        "associations/<id:association>",
        associations.OneAssociation,
        GET="get-association-by-ID",
        PUT="update-association",
        DELETE="delete-association",
    ),
]
