/** Namespace of the shop's vocabulary. */
export const shop = 'http://bench.example/shop#';

/**
 * Shapes of a shop's orders. Every shape that a result can name has an IRI, so that results of
 * different engines compare without looking at labels of blank nodes. The class hierarchy stands
 * here for shacl-engine and in the data for the others.
 */
export const shopShapes: string = `
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix : <${shop}> .

:Customer rdfs:subClassOf :Party .

:OrderShape a sh:NodeShape ; sh:targetClass :Order ; sh:nodeKind sh:IRI ;
  sh:closed true ; sh:ignoredProperties ( rdf:type :replaces ) ;
  sh:property :OrderNumber, :OrderPlaced, :OrderDue, :OrderStatus, :OrderPriority, :OrderTotal,
    :OrderCurrency, :OrderCustomer, :OrderShipTo, :OrderNote, :OrderLine, :OrderLineQualified,
    :OrderReplaces, :OrderContact, :OrderProducts ;
  sh:not [ sh:path :cancelled ; sh:minCount 1 ] ;
  sh:or ( [ sh:path :priority ; sh:maxInclusive 4 ] [ sh:path :status ; sh:hasValue :Open ] ) .
:OrderNumber sh:path :number ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:string ;
  sh:pattern "^ORD-[0-9]{7}$" ; sh:minLength 11 ; sh:maxLength 11 .
:OrderPlaced sh:path :placed ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:dateTime ;
  sh:lessThanOrEquals :due .
:OrderDue sh:path :due ; sh:maxCount 1 ; sh:datatype xsd:dateTime ; sh:disjoint :placed ;
  sh:minInclusive "2020-01-01T00:00:00Z"^^xsd:dateTime .
:OrderStatus sh:path :status ; sh:minCount 1 ; sh:maxCount 1 ;
  sh:in ( :Open :Paid :Packed :Shipped :Done ) .
:OrderPriority sh:path :priority ; sh:maxCount 1 ; sh:datatype xsd:integer ;
  sh:minInclusive 1 ; sh:maxInclusive 5 ; sh:message "a priority from 1 to 5"@en .
:OrderTotal sh:path :total ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:decimal ;
  sh:minExclusive 0.0 ; sh:maxExclusive 100000.0 .
:OrderCurrency sh:path :currency ; sh:minCount 1 ; sh:maxCount 1 ; sh:pattern "^[A-Z]{3}$" ;
  sh:severity sh:Warning .
:OrderCustomer sh:path :customer ; sh:minCount 1 ; sh:maxCount 1 ; sh:class :Party ;
  sh:node :CustomerShape .
:OrderShipTo sh:path :shipTo ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:BlankNodeOrIRI ;
  sh:node :AddressShape .
:OrderNote sh:path :note ; sh:uniqueLang true ; sh:languageIn ( "en" "de" "fr" ) ;
  sh:maxLength 80 .
:OrderLine sh:path :line ; sh:minCount 1 ; sh:class :Line .
:OrderLineQualified sh:path :line ; sh:qualifiedMinCount 1 ;
  sh:qualifiedValueShape [ sh:path :quantity ; sh:minInclusive 1 ; sh:minCount 1 ] .
:OrderReplaces sh:path [ sh:zeroOrMorePath :replaces ] ; sh:nodeKind sh:IRI .
:OrderContact sh:path ( :customer :email ) ; sh:minCount 1 ; sh:severity sh:Warning .
:OrderProducts sh:path ( :line [ sh:alternativePath ( :product :service ) ] ) ; sh:minCount 1 ;
  sh:nodeKind sh:IRI .

:CustomerShape a sh:NodeShape ; sh:targetClass :Customer ;
  sh:property :CustomerName, :CustomerEmail, :CustomerSince, :CustomerOrders .
:CustomerName sh:path :name ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:string ;
  sh:minLength 2 .
:CustomerEmail sh:path :email ; sh:minCount 1 ; sh:maxCount 2 ; sh:pattern "^[^@]+@[^@]+$" .
:CustomerSince sh:path :since ; sh:maxCount 1 ; sh:datatype xsd:date .
:CustomerOrders sh:path [ sh:inversePath :customer ] ; sh:minCount 1 ; sh:class :Order .

:AddressShape a sh:NodeShape ; sh:property :AddressStreet, :AddressCity, :AddressPostcode ;
  sh:xone ( [ sh:path :country ; sh:minCount 1 ] [ sh:path :region ; sh:minCount 1 ] ) .
:AddressStreet sh:path :street ; sh:minCount 1 ; sh:datatype xsd:string .
:AddressCity sh:path :city ; sh:minCount 1 ; sh:maxCount 1 ; sh:minLength 2 .
:AddressPostcode sh:path :postcode ; sh:minCount 1 ; sh:maxCount 1 ; sh:pattern "^[0-9]{5}$" .

:LineShape a sh:NodeShape ; sh:targetClass :Line ;
  sh:property :LineProduct, :LineQuantity, :LinePrice, :LineOrder .
:LineProduct sh:path :product ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI .
:LineQuantity sh:path :quantity ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:integer ;
  sh:minInclusive 1 .
:LinePrice sh:path :price ; sh:maxCount 1 ; sh:datatype xsd:decimal ; sh:minInclusive 0.0 .
:LineOrder sh:path [ sh:inversePath :line ] ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI .

:ProductShape a sh:NodeShape ; sh:targetObjectsOf :product ; sh:nodeKind sh:IRI .
:MailShape a sh:NodeShape ; sh:targetSubjectsOf :email ; sh:nodeKind sh:IRI .
`;
