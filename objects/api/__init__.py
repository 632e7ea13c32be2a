"""The API's custom fields and custom values of a location."""

from api.routes import route
from objects.api import custom_fields, custom_values

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
]
